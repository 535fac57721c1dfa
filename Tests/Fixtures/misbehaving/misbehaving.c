/* Roles that break the rules, each in its own way, for tests of the host. The role's name says what it does. */

#define _GNU_SOURCE

#include "baton_plugin.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static baton_status escapes(const baton_step *step) {
    char target[4200];
    snprintf(target, sizeof target, "%.*s/../escaped.txt", (int)step->workspace_root.len, step->workspace_root.ptr);
    put(target, "outside\n");
    put(".git/escaped", "in the repository\n");
    put("/etc/baton-escaped", "in the system\n");
    put("out.txt", "done\n");
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
    {"leaves", leaves},     {"fails", fails},           {"escapes", escapes}, {"wanders", wanders},
    {"pipes", pipes},       {"overwrites", overwrites}, {"commands", commands}, {"asks", asks},
    {"prose", prose},       {"shows", shows},
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
