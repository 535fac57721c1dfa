/*
 * Entering a view. SPDX-License-Identifier: MIT
 *
 * The order matters and is this: namespaces, id maps, detached copies of what has to stay reachable, everything
 * read-only, mounts over the original paths, guard and init, /proc, limits, capabilities, Landlock, filter. Landlock
 * comes after the mounts, since it is of what is seen then and forbids to mount anything more. Sources:
 * user_namespaces(7), pid_namespaces(7), landlock(7).
 */

#define _GNU_SOURCE

#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(struct baton_view_failure *failure, const char *call) {
    failure->call = call;
    failure->error = errno;
    return -1;
}

/* ------------------------------------------------------------------------------------------------- namespaces and ids */

static int write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* Own uid and gid keep their numbers: git's stat cache stays valid, and files belong to whom they belonged before. */
static int map_ids(uid_t uid, gid_t gid, struct baton_view_failure *failure) {
    char line[64];
    if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT) return fail(failure, "setgroups");
    snprintf(line, sizeof line, "%u %u 1\n", uid, uid);
    if (write_file("/proc/self/uid_map", line) < 0) return fail(failure, "uid_map");
    snprintf(line, sizeof line, "%u %u 1\n", gid, gid);
    if (write_file("/proc/self/gid_map", line) < 0) return fail(failure, "gid_map");
    return 0;
}

/* A new network namespace has its loopback device down, and tests that bind localhost would fail. */
static void raise_loopback(void) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    struct ifreq request = {.ifr_name = "lo"};
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    (void)ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
}

/* -------------------------------------------------------------------------------------------------------- capabilities */

static int drop_capabilities(void) {
    /* With user 0 mapped to itself, a program that is started would get all capabilities of the namespace back. */
    if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP
            | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) < 0)
        return -1;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL) return -1;
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    return (int)syscall(SYS_capset, &header, none);
}

/* Gives up new privileges and core dumps. */
static void harden(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* --------------------------------------------------------------------------------------------------------------- entry */

int baton_enter_view(const struct baton_view *view, struct baton_view_failure *failure, struct baton_hold *hold) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | (view->network ? 0 : CLONE_NEWNET);
    if (unshare(namespaces) < 0) return fail(failure, "unshare");
    if (map_ids(uid, gid, failure) < 0) return -1;
    if (!view->network) raise_loopback();
    struct baton_guard guard;
    baton_guard_open(&guard, view);
    if (baton_mount_view(view, &guard.server, failure) < 0) return -1;
    /* Only now: what serves an overlay must not become the first process of the namespace. */
    if (unshare(CLONE_NEWPID) < 0) return fail(failure, "unshare");
    if (baton_split_off(&guard, view, failure) < 0) return -1;

    hold->private_processes = baton_mount_processes();
    if (hold->private_processes) {
        hold->process_limit = baton_limit_process_numbers(view->limits.processes);
        baton_seal_processes();
    }
    harden();
    baton_limit_self(&view->limits, true);
    if (drop_capabilities() < 0) return fail(failure, "capset");
    hold->landlock = baton_landlock(view, !view->network);
    int listener = -1;
    hold->filter = baton_filter(!view->network, view->network, view->reports >= 0 ? &listener : NULL);
    hold->watch = listener >= 0;
    if (baton_guard_begin(&guard, listener, hold->private_processes) < 0) return fail(failure, "sendmsg");
    return 0;
}

int baton_enter_directory(const struct baton_view *view, struct baton_view_failure *failure, struct baton_hold *hold) {
    /* There is no guard that would report. */
    if (view->reports >= 0) close(view->reports);
    if (chdir(view->root) < 0) return fail(failure, "chdir");
    harden();
    baton_limit_self(&view->limits, false);
    hold->landlock = baton_landlock(view, false);
    hold->filter = baton_filter(false, view->network, NULL);
    return 0;
}
