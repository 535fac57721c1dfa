/*
 * Notes what a step tries and is kept from. SPDX-License-Identifier: MIT
 *
 * A call that writes by path waits until it was looked at, and then always goes on: the kernel decides, and what is
 * said here is only said. So it does not matter that the caller could change the path meanwhile.
 * Source: seccomp_unotify(2).
 */

#define _GNU_SOURCE

#include "parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATON_SYS_OPENAT2 437
#define BATON_SYS_FCHMODAT2 452

/* Attempts of one step that are told. */
#define ATTEMPTS_MAX 20

#define PATH_SIZE 4096

static uint64_t hash_of(const char *text, uint64_t hash) {
    for (; *text; text++) hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    return hash;
}

static void note(struct baton_watch *watch, uint8_t what, const char *text) {
    if (watch->count >= ATTEMPTS_MAX) return;
    /* Python tries to keep what it has compiled wherever it reads; that it cannot is nobody's concern. */
    if (strstr(text, "/__pycache__")) return;
    uint64_t hash = hash_of(text, 14695981039346656037u ^ what);
    for (unsigned i = 0; i < watch->count; i++) {
        if (watch->known[i] == hash) return;
    }
    watch->known[watch->count++] = hash;
    baton_report(watch->reports, BATON_REPORT_ATTEMPT, what, text);
}

/* ------------------------------------------------------------------------------------------------- the caller's memory */

static ssize_t read_memory(pid_t pid, uint64_t address, void *target, size_t size) {
    struct iovec local = {target, size}, remote = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

/* Reads page by page, as the page after the text may not be there. */
static bool read_text(pid_t pid, uint64_t address, char text[PATH_SIZE]) {
    size_t length = 0;
    while (length < PATH_SIZE) {
        size_t rest = 4096 - (address + length) % 4096;
        if (rest > PATH_SIZE - length) rest = PATH_SIZE - length;
        ssize_t count = read_memory(pid, address + length, text + length, rest);
        if (count <= 0) return false;
        if (memchr(text + length, 0, (size_t)count)) return true;
        length += (size_t)count;
    }
    return false;
}

/* --------------------------------------------------------------------------------------------------------------- paths */

/* Where a relative path of the caller's begins, or, for one below /proc/self, what that is for the caller; -1 if it is
   not to be found out. `*path` is then relative to it. */
static int open_base(const struct baton_watch *watch, pid_t pid, int directory, const char **path) {
    static const char *const selves[] = {"/proc/self/", "/proc/thread-self/"};
    char name[64];
    for (unsigned i = 0; i < sizeof selves / sizeof *selves; i++) {
        size_t length = strlen(selves[i]);
        if (strncmp(*path, selves[i], length) != 0) continue;
        *path += length;
        snprintf(name, sizeof name, "%d", pid);
        return openat(watch->processes, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (**path == '/') return AT_FDCWD;
    if (directory == AT_FDCWD) snprintf(name, sizeof name, "%d/cwd", pid);
    else snprintf(name, sizeof name, "%d/fd/%d", pid, directory);
    return openat(watch->processes, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The path behind an open descriptor of this process. */
static bool find_path(const struct baton_watch *watch, int file, char path[PATH_SIZE]) {
    char name[32];
    snprintf(name, sizeof name, "self/fd/%d", file);
    ssize_t length = readlinkat(watch->processes, name, path, PATH_SIZE - 1);
    if (length <= 0) return false;
    path[length] = 0;
    return path[0] == '/' && length < PATH_SIZE - 2;
}

/* True if what is open at `file` may not be written because of where it is. */
static bool is_outside(int file) {
    struct statfs system;
    struct stat status;
    if (fstatfs(file, &system) < 0 || !(system.f_flags & ST_RDONLY)) return false;
    /* Devices, pipes and sockets may be written on any mount. */
    return fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode));
}

enum target {
    FOLLOWED,  /* what the path leads to, or, if that is missing, its place */
    PLACE,     /* the place in a folder that the path names */
    OLD_PLACE, /* the same, for what must be there */
    NEW_PLACE, /* the same, for what must not be there yet */
};

static void look_at_path(struct baton_watch *watch, pid_t pid, int directory, uint64_t address, enum target target,
    uint8_t what) {
    char text[PATH_SIZE], found[PATH_SIZE];
    if (!read_text(pid, address, text) || !*text) return;
    const char *path = text;
    int base = open_base(watch, pid, directory, &path);
    if (base == -1) return;
    int file = -1;
    if (target != PLACE) {
        int follow = target == FOLLOWED ? 0 : O_NOFOLLOW;
        file = openat(base, path, O_PATH | O_CLOEXEC | follow);
    }
    if (target == NEW_PLACE ? file >= 0 : target == OLD_PLACE && file < 0) {
        /* Refused as it would be anywhere. */
    } else if (file >= 0) {
        if (is_outside(file) && find_path(watch, file, found)) note(watch, what, found);
    } else {
        /* The folder that it would be in. */
        size_t end = strlen(text);
        while (end > 1 && text[end - 1] == '/') text[--end] = 0;
        char *slash = strrchr(text, '/');
        char folder[PATH_SIZE] = ".";
        if (slash && slash >= path) {
            size_t length = (size_t)(slash - path);
            memcpy(folder, path, length);
            folder[length] = 0;
            if (!length) strcpy(folder, *path == '/' ? "/" : ".");
        }
        const char *name = slash ? slash + 1 : text;
        file = openat(base, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (file >= 0 && is_outside(file) && find_path(watch, file, found)) {
            size_t length = strlen(found);
            if (found[length - 1] != '/') found[length++] = '/';
            /* A path that is too long is told without its end. */
            strncpy(found + length, name, sizeof found - length - 1);
            found[sizeof found - 1] = 0;
            note(watch, what, found);
        }
    }
    if (file >= 0) close(file);
    if (base >= 0) close(base);
}

/* ------------------------------------------------------------------------------------------------------------- network */

static void look_at_address(struct baton_watch *watch, pid_t pid, uint64_t address, uint64_t size) {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } where = {0};
    if (watch->network) return;
    if (size > sizeof where) size = sizeof where;
    if (size < sizeof where.four || read_memory(pid, address, &where, size) < (ssize_t)size) return;
    char host[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 16];
    if (where.any.sa_family == AF_INET) {
        if ((ntohl(where.four.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET || !where.four.sin_addr.s_addr) return;
        inet_ntop(AF_INET, &where.four.sin_addr, host, sizeof host);
        snprintf(text, sizeof text, "%s:%d", host, ntohs(where.four.sin_port));
    } else if (where.any.sa_family == AF_INET6) {
        if (IN6_IS_ADDR_LOOPBACK(&where.six.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&where.six.sin6_addr)) return;
        inet_ntop(AF_INET6, &where.six.sin6_addr, host, sizeof host);
        snprintf(text, sizeof text, "[%s]:%d", host, ntohs(where.six.sin6_port));
    } else {
        return;
    }
    note(watch, BATON_ATTEMPT_CONNECT, text);
}

/* --------------------------------------------------------------------------------------------------------------- calls */

static void look_at(struct baton_watch *watch, const struct seccomp_notif *call) {
    pid_t pid = (pid_t)call->pid;
    const uint64_t *arguments = (const uint64_t *)call->data.args;
    int first = (int)arguments[0];
    const uint8_t write = BATON_ATTEMPT_WRITE, removal = BATON_ATTEMPT_REMOVE;
    switch (call->data.nr) {
    case SYS_openat: look_at_path(watch, pid, first, arguments[1], FOLLOWED, write); break;
    case BATON_SYS_OPENAT2: {
        uint64_t flags = 0;
        if (read_memory(pid, arguments[2], &flags, sizeof flags) != sizeof flags) break;
        if (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))
            look_at_path(watch, pid, first, arguments[1], FOLLOWED, write);
        break;
    }
    case SYS_unlinkat: look_at_path(watch, pid, first, arguments[1], OLD_PLACE, removal); break;
    case SYS_renameat:
    case SYS_renameat2:
        look_at_path(watch, pid, first, arguments[1], OLD_PLACE, removal);
        look_at_path(watch, pid, (int)arguments[2], arguments[3], PLACE, write);
        break;
    case SYS_mkdirat:
    case SYS_mknodat: look_at_path(watch, pid, first, arguments[1], NEW_PLACE, write); break;
    case SYS_linkat: look_at_path(watch, pid, (int)arguments[2], arguments[3], NEW_PLACE, write); break;
    case SYS_symlinkat: look_at_path(watch, pid, (int)arguments[1], arguments[2], NEW_PLACE, write); break;
    case SYS_fchmodat:
    case BATON_SYS_FCHMODAT2:
    case SYS_fchownat: look_at_path(watch, pid, first, arguments[1], FOLLOWED, write); break;
    case SYS_truncate: look_at_path(watch, pid, AT_FDCWD, arguments[0], FOLLOWED, write); break;
    case SYS_connect: look_at_address(watch, pid, arguments[1], arguments[2]); break;
#if defined(__x86_64__)
    case SYS_open:
    case SYS_creat:
    case SYS_chmod:
    case SYS_chown:
    case SYS_lchown: look_at_path(watch, pid, AT_FDCWD, arguments[0], FOLLOWED, write); break;
    case SYS_unlink:
    case SYS_rmdir: look_at_path(watch, pid, AT_FDCWD, arguments[0], OLD_PLACE, removal); break;
    case SYS_rename:
        look_at_path(watch, pid, AT_FDCWD, arguments[0], OLD_PLACE, removal);
        look_at_path(watch, pid, AT_FDCWD, arguments[1], PLACE, write);
        break;
    case SYS_mkdir:
    case SYS_mknod: look_at_path(watch, pid, AT_FDCWD, arguments[0], NEW_PLACE, write); break;
    case SYS_link:
    case SYS_symlink: look_at_path(watch, pid, AT_FDCWD, arguments[1], NEW_PLACE, write); break;
#endif
    default: break;
    }
}

void baton_watch_one(struct baton_watch *watch) {
    /* Newer kernels have longer ones; what is longer than this is not used here. */
    union {
        struct seccomp_notif call;
        uint8_t room[256];
    } received;
    union {
        struct seccomp_notif_resp answer;
        uint8_t room[256];
    } sent;
    memset(&received, 0, sizeof received);
    memset(&sent, 0, sizeof sent);
    if (ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_RECV, &received.call) < 0) return;
    if (watch->count < ATTEMPTS_MAX) look_at(watch, &received.call);
    sent.answer.id = received.call.id;
    sent.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    /* Fails if the caller is gone, which is no matter. */
    (void)ioctl(watch->listener, SECCOMP_IOCTL_NOTIF_SEND, &sent.answer);
}
