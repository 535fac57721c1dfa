/*
 * An overlay that a program serves. SPDX-License-Identifier: MIT
 *
 * The file system is mounted here and its device handed to the program, so that the program needs no mount of its own
 * and keeps the writable mounts that this process is about to lose. Sources: fuse(4), libfuse 3.3 "/dev/fd/N".
 */

#define _GNU_SOURCE

#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(struct baton_view_failure *failure, const char *call) {
    failure->call = call;
    failure->error = errno;
    return -1;
}

static int set_string(int context, const char *key, const char *value) {
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

static int set_number(int context, const char *key, const char *format, unsigned value) {
    char text[16];
    snprintf(text, sizeof text, format, value);
    return set_string(context, key, text);
}

static int mount_device(int device) {
    int context = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    int tree = -1;
    if (set_string(context, "source", "baton") == 0 && set_number(context, "fd", "%u", (unsigned)device) == 0
        && set_string(context, "rootmode", "40755") == 0 && set_number(context, "user_id", "%u", geteuid()) == 0
        && set_number(context, "group_id", "%u", getegid()) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "default_permissions", NULL, 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "allow_other", NULL, 0) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
        tree = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    }
    int error = errno;
    close(context);
    errno = error;
    return tree;
}

static void give_up(int failures) {
    int error = errno;
    if (write(failures, &error, sizeof error) < 0) _exit(2);
    _exit(1);
}

/* In the child: becomes the program, with the device and the layers as its only descriptors. Writes an errno to
   `failures`, which is closed if all is well. */
static void serve(const struct baton_view *view, int device, int failures) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    failures = fcntl(failures, F_DUPFD_CLOEXEC, 32);
    if (unshare(CLONE_NEWNS) < 0) give_up(failures);
    int sources[4] = {device, open(view->root, O_PATH | O_DIRECTORY), open(view->upper, O_PATH | O_DIRECTORY),
        open(view->work, O_PATH | O_DIRECTORY)};
    /* Out of the way first: a source may have the number of another's place. */
    for (int i = 0; i < 4; i++) {
        sources[i] = fcntl(sources[i], F_DUPFD, 16);
        if (sources[i] < 0) give_up(failures);
    }
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(null, i);
    for (int i = 0; i < 4; i++) dup2(sources[i], 3 + i);
    if (syscall(SYS_close_range, 7u, (unsigned)failures - 1, 0u) < 0) give_up(failures);
    if (syscall(SYS_close_range, (unsigned)failures + 1, ~0u, 0u) < 0) give_up(failures);
    execl(view->fuse, "fuse-overlayfs", "-f", "-o",
        "lowerdir=/proc/self/fd/4,upperdir=/proc/self/fd/5,workdir=/proc/self/fd/6", "/dev/fd/3", (char *)NULL);
    give_up(failures);
}

int baton_make_fuse_overlay(const struct baton_view *view, pid_t *server, struct baton_view_failure *failure) {
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device < 0) return fail(failure, "open /dev/fuse");
    int tree = mount_device(device);
    if (tree < 0) {
        fail(failure, "fuse mount");
        close(device);
        return -1;
    }
    int failures[2];
    if (baton_pipe(failures) < 0) return fail(failure, "pipe");
    *server = fork();
    if (*server == 0) serve(view, device, failures[1]);
    close(device);
    close(failures[1]);
    if (*server < 0) return fail(failure, "fork");
    /* It must have its own mounts and its layers before the mounts here change. */
    int error = 0;
    ssize_t length = read(failures[0], &error, sizeof error);
    close(failures[0]);
    if (length == 0) return tree;
    errno = error;
    return fail(failure, "fuse-overlayfs");
}
