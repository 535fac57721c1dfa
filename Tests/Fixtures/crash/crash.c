/* Ends a program at one of its writes. SPDX-License-Identifier: MIT

Loaded into `baton` by LD_PRELOAD. Every call that changes a file, a directory or a name below a folder is a point; they
are counted, and just before the one whose number was asked for the process kills itself with SIGKILL. So a test can end
the program at each of its writes without knowing them.

Variables:

    BATON_CRASH_BELOW    the folder, absolute and without links
    BATON_CRASH_POINTS   a file that gets one line a point: the call and its path
    BATON_CRASH_AT       the number of the point at which to end, from 1; no end if it is missing or 0

No point is: a call that cannot change anything, such as removing a name that is not there or opening a file that is
there without truncating it; and a sync, since what a process has written stays when it ends, synced or not.

A write of more than a page is two points, before it and after its first page: the kernel stops such a write in between
when the process is killed, and writes smaller ones whole.

Only the program called `baton` is looked at; what it starts is not, nor is it ended. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

static const size_t page = 4096;

static bool active;
static char below[PATH_MAX];
static size_t below_length;
static int points = -1;
static long end_at;
static atomic_long counted;
static pid_t owner;

/* The next definition of a function that is interposed here. */
#define REAL(name)                                                                                                     \
    static __typeof__(&name) real;                                                                                     \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("BATON_CRASH_BELOW");
    const char *file = getenv("BATON_CRASH_POINTS");
    const char *number = getenv("BATON_CRASH_AT");
    if (folder == NULL || file == NULL || strlen(folder) >= sizeof below) return;
    if (strcmp(program_invocation_short_name, "baton") != 0) return;
    strcpy(below, folder);
    below_length = strlen(below);
    end_at = number == NULL ? 0 : atol(number);
    points = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    owner = getpid();
    active = points >= 0;
}

static bool is_below(const char *path) {
    return strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || path[below_length] == 0);
}

/* Where an open descriptor leads; false for what is no file or directory below the folder. */
static bool locate(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return false;
    path[length] = 0;
    return is_below(path);
}

static bool locate_at(int directory, const char *name, char *path) {
    if (name[0] == '/') {
        if (strlen(name) >= PATH_MAX) return false;
        strcpy(path, name);
        return is_below(path);
    }
    char base[PATH_MAX];
    if (directory == AT_FDCWD) {
        if (getcwd(base, sizeof base) == NULL) return false;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0) return false;
        base[length] = 0;
    }
    if (snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) return false;
    return is_below(path);
}

static bool exists_at(int directory, const char *name) {
    struct stat info;
    return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

/* One point. Returns unless it is the one at which to end. */
static void pass(const char *call, const char *path) {
    long number = atomic_fetch_add(&counted, 1) + 1;
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s %s\n", call, path + below_length + (path[below_length] == '/'));
    if (length > 0) syscall(SYS_write, points, line, (size_t)length);
    if (number == end_at) {
        kill(owner, SIGKILL);
        for (;;) pause();
    }
}

/* Whether to look: not in a child between fork and exec, which shares the memory. */
static bool looks(void) { return active && getpid() == owner; }

static void point_at(const char *call, int directory, const char *name) {
    if (!looks()) return;
    int error = errno;
    char path[PATH_MAX];
    if (name != NULL && locate_at(directory, name, path)) pass(call, path);
    errno = error;
}

static void point_on(const char *call, int descriptor) {
    if (!looks()) return;
    int error = errno;
    char path[PATH_MAX];
    if (locate(descriptor, path)) pass(call, path);
    errno = error;
}

/* A point if there is something to remove, rename or change. */
static void point_if_there(const char *call, int directory, const char *name) {
    if (!looks()) return;
    int error = errno;
    bool there = name != NULL && exists_at(directory, name);
    errno = error;
    if (there) point_at(call, directory, name);
}

/* A point if the name is new. */
static void point_if_new(const char *call, int directory, const char *name) {
    if (!looks()) return;
    int error = errno;
    bool there = name != NULL && exists_at(directory, name);
    errno = error;
    if (!there) point_at(call, directory, name);
}

static void point_open(int directory, const char *name, int flags) {
    if ((flags & O_TRUNC) != 0) {
        point_at("open", directory, name);
    } else if ((flags & O_CREAT) != 0) {
        point_if_new("open", directory, name);
    }
}

static void point_rename(int from, const char *name, int to, const char *new_name) {
    if (!looks()) return;
    char path[PATH_MAX];
    int error = errno;
    bool counts = name != NULL && new_name != NULL && exists_at(from, name);
    bool target = counts && locate_at(to, new_name, path);
    bool source = counts && !target && locate_at(from, name, path);
    if (target || source) pass("rename", path);
    errno = error;
}

/* What is interposed, and nothing else, is seen by the program. */
#pragma GCC visibility push(default)

/* Opening */

#define MODE_OF(flags, mode)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) {                                              \
        va_list list;                                                                                                  \
        va_start(list, flags);                                                                                         \
        mode = va_arg(list, mode_t);                                                                                   \
        va_end(list);                                                                                                  \
    }

int open(const char *path, int flags, ...) {
    REAL(open);
    MODE_OF(flags, mode)
    point_open(AT_FDCWD, path, flags);
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    MODE_OF(flags, mode)
    point_open(AT_FDCWD, path, flags);
    return real(path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    REAL(openat);
    MODE_OF(flags, mode)
    point_open(directory, path, flags);
    return real(directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
    REAL(openat64);
    MODE_OF(flags, mode)
    point_open(directory, path, flags);
    return real(directory, path, flags, mode);
}

int creat(const char *path, mode_t mode) {
    REAL(creat);
    point_at("open", AT_FDCWD, path);
    return real(path, mode);
}

int creat64(const char *path, mode_t mode) {
    REAL(creat64);
    point_at("open", AT_FDCWD, path);
    return real(path, mode);
}

/* What a program calls that was compiled with checks. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags) { return open64(path, flags); }
int __openat_2(int directory, const char *path, int flags);
int __openat_2(int directory, const char *path, int flags) { return openat(directory, path, flags); }
int __openat64_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags) { return openat64(directory, path, flags); }

static void point_stream(const char *path, const char *mode) {
    if (mode[0] == 'w') {
        point_at("open", AT_FDCWD, path);
    } else if (mode[0] == 'a') {
        point_if_new("open", AT_FDCWD, path);
    }
}

FILE *fopen(const char *path, const char *mode) {
    REAL(fopen);
    point_stream(path, mode);
    return real(path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
    REAL(fopen64);
    point_stream(path, mode);
    return real(path, mode);
}

/* Writing */

ssize_t write(int descriptor, const void *bytes, size_t count) {
    REAL(write);
    point_on("write", descriptor);
    char path[PATH_MAX];
    if (count <= page || !looks() || !locate(descriptor, path)) return real(descriptor, bytes, count);
    ssize_t first = real(descriptor, bytes, page);
    if (first < (ssize_t)page) return first;
    pass("write (rest)", path);
    ssize_t rest = real(descriptor, (const char *)bytes + page, count - page);
    return rest < 0 ? first : first + rest;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    REAL(pwrite);
    point_on("pwrite", descriptor);
    return real(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
    point_on("pwrite", descriptor);
    return real(descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    REAL(writev);
    point_on("writev", descriptor);
    return real(descriptor, parts, count);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev);
    point_on("pwritev", descriptor);
    return real(descriptor, parts, count, offset);
}

ssize_t copy_file_range(int from, off64_t *read_at, int to, off64_t *write_at, size_t count, unsigned flags) {
    REAL(copy_file_range);
    point_on("copy_file_range", to);
    return real(from, read_at, to, write_at, count, flags);
}

int truncate(const char *path, off_t size) {
    REAL(truncate);
    point_at("truncate", AT_FDCWD, path);
    return real(path, size);
}

int ftruncate(int descriptor, off_t size) {
    REAL(ftruncate);
    point_on("truncate", descriptor);
    return real(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
    REAL(ftruncate64);
    point_on("truncate", descriptor);
    return real(descriptor, size);
}

int posix_fallocate(int descriptor, off_t offset, off_t size) {
    REAL(posix_fallocate);
    point_on("allocate", descriptor);
    return real(descriptor, offset, size);
}

/* Names */

int rename(const char *name, const char *new_name) {
    REAL(rename);
    point_rename(AT_FDCWD, name, AT_FDCWD, new_name);
    return real(name, new_name);
}

int renameat(int from, const char *name, int to, const char *new_name) {
    REAL(renameat);
    point_rename(from, name, to, new_name);
    return real(from, name, to, new_name);
}

int renameat2(int from, const char *name, int to, const char *new_name, unsigned flags) {
    REAL(renameat2);
    point_rename(from, name, to, new_name);
    return real(from, name, to, new_name, flags);
}

int unlink(const char *path) {
    REAL(unlink);
    point_if_there("unlink", AT_FDCWD, path);
    return real(path);
}

int unlinkat(int directory, const char *path, int flags) {
    REAL(unlinkat);
    point_if_there((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", directory, path);
    return real(directory, path, flags);
}

int remove(const char *path) {
    REAL(remove);
    point_if_there("unlink", AT_FDCWD, path);
    return real(path);
}

int rmdir(const char *path) {
    REAL(rmdir);
    point_if_there("rmdir", AT_FDCWD, path);
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    point_if_new("mkdir", AT_FDCWD, path);
    return real(path, mode);
}

int mkdirat(int directory, const char *path, mode_t mode) {
    REAL(mkdirat);
    point_if_new("mkdir", directory, path);
    return real(directory, path, mode);
}

int link(const char *name, const char *new_name) {
    REAL(link);
    point_if_new("link", AT_FDCWD, new_name);
    return real(name, new_name);
}

int linkat(int from, const char *name, int to, const char *new_name, int flags) {
    REAL(linkat);
    point_if_new("link", to, new_name);
    return real(from, name, to, new_name, flags);
}

int symlink(const char *target, const char *path) {
    REAL(symlink);
    point_if_new("symlink", AT_FDCWD, path);
    return real(target, path);
}

int symlinkat(const char *target, int directory, const char *path) {
    REAL(symlinkat);
    point_if_new("symlink", directory, path);
    return real(target, directory, path);
}

/* Attributes */

int chmod(const char *path, mode_t mode) {
    REAL(chmod);
    point_if_there("chmod", AT_FDCWD, path);
    return real(path, mode);
}

int fchmod(int descriptor, mode_t mode) {
    REAL(fchmod);
    point_on("chmod", descriptor);
    return real(descriptor, mode);
}

int fchmodat(int directory, const char *path, mode_t mode, int flags) {
    REAL(fchmodat);
    point_if_there("chmod", directory, path);
    return real(directory, path, mode, flags);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
    REAL(utimensat);
    point_if_there("utimens", directory, path);
    return real(directory, path, times, flags);
}

int futimens(int descriptor, const struct timespec times[2]) {
    REAL(futimens);
    point_on("utimens", descriptor);
    return real(descriptor, times);
}

int utimes(const char *path, const struct timeval times[2]) {
    REAL(utimes);
    point_if_there("utimens", AT_FDCWD, path);
    return real(path, times);
}

int utime(const char *path, const struct utimbuf *times) {
    REAL(utime);
    point_if_there("utimens", AT_FDCWD, path);
    return real(path, times);
}

int futimes(int descriptor, const struct timeval times[2]) {
    REAL(futimes);
    point_on("utimens", descriptor);
    return real(descriptor, times);
}

/* By number: Baton renames so. */
long syscall(long number, ...) {
    REAL(syscall);
    va_list list;
    va_start(list, number);
    long words[6];
    /* More than were given are read too; the kernel does not look at those. */
    for (int index = 0; index < 6; index++) words[index] = va_arg(list, long);
    va_end(list);
    if (number == SYS_renameat2) {
        point_rename((int)words[0], (const char *)words[1], (int)words[2], (const char *)words[3]);
    }
    return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
