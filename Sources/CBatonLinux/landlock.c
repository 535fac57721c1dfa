/*
 * Landlock: writing below some folders only, whatever the mounts say. SPDX-License-Identifier: MIT
 *
 * Source: Documentation/userspace-api/landlock.rst. The header of the kernel that this is built with may be older than
 * the kernel that it runs on, so everything that is newer than ABI 2 has its number here.
 */

#define _GNU_SOURCE

#include "parts.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ACCESS_TRUNCATE (1ull << 14)         /* ABI 3 */
#define ACCESS_CONNECT_TCP (1ull << 1)       /* ABI 4 */
#define SCOPE_ABSTRACT_SOCKETS (1ull << 0)   /* ABI 6 */
#define SCOPE_SIGNALS (1ull << 1)            /* ABI 6 */

/* `struct landlock_ruleset_attr` as of ABI 6. */
struct rules {
    uint64_t files;
    uint64_t network;
    uint64_t scoped;
};

/* Writing to what is there. */
#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)

/* All that changes a file system. */
#define CHANGE \
    (WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR \
        | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK \
        | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM \
        | LANDLOCK_ACCESS_FS_REFER)

int baton_landlock_abi(void) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static bool allow(int rules, const char *path, uint64_t access, uint64_t handled) {
    struct landlock_path_beneath_attr rule = {.allowed_access = access & handled};
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return false;
    struct stat status;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode)) rule.allowed_access &= WRITE_FILE;
    bool done = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(rule.parent_fd);
    return done;
}

int baton_landlock(const struct baton_view *view, bool has_own_network) {
    int abi = baton_landlock_abi();
    /* ABI 1 knows no rule that would let a file be moved from one folder to another. */
    if (abi < 2) return 0;
    struct rules rules = {.files = CHANGE & ~(abi < 3 ? ACCESS_TRUNCATE : 0)};
    if (abi >= 4 && !view->network && !has_own_network) rules.network = ACCESS_CONNECT_TCP;
    if (abi >= 6) rules.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    size_t size = abi >= 6 ? sizeof rules : abi >= 4 ? 16 : 8;
    int set = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (set < 0) return 0;

    bool done = allow(set, view->root, CHANGE, rules.files);
    if (view->upper) {
        static const char *const folders[] = {"/tmp", "/var/tmp", "/dev/shm"};
        for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) (void)allow(set, folders[i], CHANGE, rules.files);
    } else {
        done = done && allow(set, view->tmp, CHANGE, rules.files);
    }
    /* /proc: names of threads and the like; what matters there is read-only or needs a capability. */
    static const char *const others[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
        "/dev/tty", "/dev/ptmx", "/dev/pts", "/proc"};
    unsigned count = sizeof others / sizeof *others;
    for (unsigned i = 0; i < count; i++) (void)allow(set, others[i], WRITE_FILE, rules.files);
    done = done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        && syscall(SYS_landlock_restrict_self, set, 0) == 0;
    close(set);
    return done ? abi : 0;
}
