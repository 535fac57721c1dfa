/* Roles that break the rules, each in its own way, for tests of the host. The role's name says what it does. */

#define _GNU_SOURCE

#include "baton_plugin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const baton_host *host;

static baton_str text(const char *words) {
    return (baton_str){words, strlen(words)};
}

static void put(const char *path, const char *words) {
    FILE *file = fopen(path, "w");
    if (!file) return;
    fputs(words, file);
    fclose(file);
}

static baton_status segfault(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    fprintf(stderr, "about to crash\n");
    *(volatile int *)8 = 1;
    return BATON_OK;
}

static baton_status quits(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    exit(0);
}

static baton_status hangs(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    signal(SIGTERM, SIG_IGN);
    while (pause() < 0) continue;
    return BATON_OK;
}

static baton_status floods(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    char line[1024];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 100 * 1024; i++) {
        if (write(1, line, sizeof line) < 0) break;
    }
    return BATON_OK;
}

/* Leaves a process behind that has left its process group and session. */
static baton_status leaves(const baton_step *step) {
    (void)step;
    put("out.txt", "done\n");
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            execlp("sleep", "sleep", "7654", (char *)NULL);
            _exit(1);
        }
        _exit(0);
    }
    return BATON_OK;
}

static baton_status fails(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    host->set_error(host, BATON_E_FAILED, text("there is nothing to write about"), text(""));
    return BATON_E_FAILED;
}

/* The next ones do their work, and try something that their view does not allow; each says on its standard error what
   came of it. */

static baton_status attempt(const char *path) {
    put("out.txt", "done\n");
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    fprintf(stderr, "%s: %s\n", path, file < 0 ? strerror(errno) : "written");
    if (file >= 0) close(file);
    return BATON_OK;
}

static baton_status writes_etc(const baton_step *step) {
    (void)step;
    return attempt("/etc/baton-escaped");
}

static baton_status writes_home(const baton_step *step) {
    (void)step;
    char path[4200];
    snprintf(path, sizeof path, "%s/.profile", getenv("HOME"));
    return attempt(path);
}

static baton_status writes_parent(const baton_step *step) {
    (void)step;
    return attempt("../escaped.txt");
}

static baton_status writes_git(const baton_step *step) {
    (void)step;
    unlink(".git/HEAD");
    return attempt(".git/hooks/post-commit");
}

static baton_status writes_link(const baton_step *step) {
    (void)step;
    if (symlink("/etc", "out-link") < 0) return BATON_E_FAILED;
    baton_status status = attempt("out-link/baton-escaped");
    unlink("out-link");
    return status;
}

static baton_status writes_proc(const baton_step *step) {
    (void)step;
    attempt("/proc/self/root/etc/baton-escaped");
    attempt("/proc/1/root/etc/baton-escaped");
    return attempt("/proc/sys/kernel/core_pattern");
}

static baton_status connects(const baton_step *step) {
    (void)step;
    put("out.txt", "done\n");
    int file = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
    int status = connect(file, (struct sockaddr *)&address, sizeof address);
    fprintf(stderr, "connect: %s\n", status < 0 ? strerror(errno) : "connected");
    return BATON_OK;
}

static baton_status forks(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    for (int i = 0; i < 10000; i++) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        if (child < 0) break;
    }
    pause();
    return BATON_OK;
}

static baton_status fills_memory(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    const size_t piece = 16 << 20;
    for (int i = 0; i < 4096; i++) {
        void *memory = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) break;
        memset(memory, 1, piece);
    }
    pause();
    return BATON_OK;
}

static baton_status fills_disk(const baton_step *step) {
    (void)step;
    static char piece[1 << 20];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 256; i++) {
        char name[32];
        snprintf(name, sizeof name, "out.%d", i);
        int file = open(name, O_WRONLY | O_CREAT, 0644);
        if (file < 0 || write(file, piece, sizeof piece) < 0) break;
        close(file);
    }
    pause();
    return BATON_OK;
}

static baton_status long_file(const baton_step *step) {
    (void)step;
    int file = open("out.txt", O_WRONLY | O_CREAT, 0644);
    for (;;) {
        static char piece[1 << 16];
        if (write(file, piece, sizeof piece) < 0) return BATON_E_FAILED;
    }
}

static baton_status burns(const baton_step *step) {
    (void)step;
    put("out.txt", "half done\n");
    for (volatile unsigned long i = 0; i < 1ul << 60; i++) continue;
    return BATON_OK;
}

static baton_status wanders(const baton_step *step) {
    (void)step;
    put("out.txt", "done\n");
    put("elsewhere.txt", "not allowed\n");
    return BATON_OK;
}

static baton_status overwrites(const baton_step *step) {
    (void)step;
    put("mine.txt", "the role's\n");
    return BATON_OK;
}

static baton_status pipes(const baton_step *step) {
    (void)step;
    mkfifo("out.txt", 0600);
    return BATON_OK;
}

/* Runs a command although its manifest does not say so. */
static baton_status commands(const baton_step *step) {
    (void)step;
    const baton_host_exec *exec = host->get_extension(host, BATON_HOST_EXEC);
    const baton_blob *result = NULL;
    if (!exec) return BATON_E_UNAVAILABLE;
    return exec->run(host, text("{\"argv\":[\"touch\",\"out.txt\"]}"), NULL, &result);
}

/* Calls the model and passes its failure on as its own. */
static baton_status asks(const baton_step *step) {
    (void)step;
    const baton_host_model *model = host->get_extension(host, BATON_HOST_MODEL);
    const baton_blob *result = NULL;
    if (!model) return BATON_E_UNAVAILABLE;
    baton_status status =
        model->call(host, text("{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"), NULL, &result);
    if (status != BATON_OK) return status;
    put("out.txt", "answered\n");
    return BATON_OK;
}

static baton_status prose(const baton_step *step) {
    (void)step;
    put("out.txt", "done\n");
    return host->emit(host, "result", text("{ this is no JSON }"));
}

/* Behaves, and shows the environment that it sees. */
static baton_status shows(const baton_step *step) {
    (void)step;
    FILE *file = fopen("out.txt", "w");
    if (!file) return BATON_E_FAILED;
    extern char **environ;
    for (char **entry = environ; *entry; entry++) fprintf(file, "%s\n", *entry);
    for (int descriptor = 0; descriptor < 64; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0) fprintf(file, "descriptor %d\n", descriptor);
    }
    fclose(file);
    return BATON_OK;
}

typedef struct {
    const char *name;
    baton_status (*run)(const baton_step *step);
} behaviour;

static const behaviour behaviours[] = {
    {"segfault", segfault}, {"quits", quits},           {"hangs", hangs},     {"floods", floods},
    {"leaves", leaves},     {"fails", fails},           {"wanders", wanders},
    {"pipes", pipes},       {"overwrites", overwrites}, {"commands", commands}, {"asks", asks},
    {"prose", prose},       {"shows", shows},
    {"writes-etc", writes_etc},       {"writes-home", writes_home}, {"writes-parent", writes_parent},
    {"writes-git", writes_git},       {"writes-link", writes_link}, {"writes-proc", writes_proc},
    {"connects", connects},           {"forks", forks},             {"fills-memory", fills_memory},
    {"fills-disk", fills_disk},       {"long-file", long_file},     {"burns", burns},
};

enum { COUNT = sizeof behaviours / sizeof *behaviours };

static baton_role_desc descriptors[COUNT];
static char ids[COUNT][64];

static baton_status configure(baton_role *role, baton_str settings) {
    (void)role;
    (void)settings;
    return BATON_OK;
}

static baton_status run(baton_role *role, const baton_step *step) {
    return ((const behaviour *)role->plugin_data)->run(step);
}

static void destroy(baton_role *role) {
    free(role);
}

static uint32_t count(void) {
    return COUNT;
}

static const baton_role_desc *descriptor(uint32_t index) {
    return index < COUNT ? &descriptors[index] : NULL;
}

static baton_role *create(const baton_host *its_host, const char *id) {
    host = its_host;
    for (uint32_t i = 0; i < COUNT; i++) {
        if (strcmp(ids[i], id) != 0) continue;
        baton_role *role = calloc(1, sizeof *role);
        if (!role) return NULL;
        role->struct_size = sizeof *role;
        role->desc = &descriptors[i];
        role->plugin_data = (void *)&behaviours[i];
        role->configure = configure;
        role->run = run;
        role->destroy = destroy;
        return role;
    }
    return NULL;
}

static baton_status init(const baton_host_info *info) {
    (void)info;
    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(ids[i], sizeof ids[i], "org.example.%s", behaviours[i].name);
        descriptors[i] = (baton_role_desc){
            .struct_size = sizeof(baton_role_desc),
            .id = text(ids[i]),
            .name = text(behaviours[i].name),
            .version = BATON_LITERAL("1.0.0"),
            .kind = BATON_LITERAL("other"),
        };
    }
    return BATON_OK;
}

static void deinit(void) {}

static const baton_role_factory factory = {
    .struct_size = sizeof factory, .count = count, .descriptor = descriptor, .create = create};

static const void *get_factory(const char *id) {
    return strcmp(id, BATON_ROLE_FACTORY) == 0 ? &factory : NULL;
}

static const baton_entry entry = {
    .struct_size = sizeof entry,
    .abi_major = BATON_ABI_MAJOR,
    .abi_minor = BATON_ABI_MINOR,
    .init = init,
    .deinit = deinit,
    .get_factory = get_factory,
};

BATON_EXPORT const baton_entry *baton_plugin_entry_v1(void) {
    return &entry;
}
