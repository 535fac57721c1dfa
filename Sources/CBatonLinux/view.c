/*
 * Entering a view. SPDX-License-Identifier: MIT
 *
 * The order matters and is this: namespaces, id maps, detached copies of what has to stay reachable, everything
 * read-only, mounts over the original paths, guard and init, /proc, capabilities. Sources: user_namespaces(7),
 * mount_setattr(2), pid_namespaces(7), Documentation/filesystems/overlayfs.rst.
 */

#define _GNU_SOURCE

#include "baton_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc 2.36 declares the mount constants in <sys/mount.h>, which clashes with <linux/mount.h>. */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
#define BATON_MS_NOSUID 2
#define BATON_MS_NODEV 4
#define BATON_MS_NOEXEC 8
#define BATON_MS_REC 16384
#define BATON_MS_SLAVE (1 << 19)

/* Bytes that the view's /dev/shm may hold. */
#define SHARED_MEMORY "size=64m"

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

/* -------------------------------------------------------------------------------------------------------------- mounts */

static int open_tree_clone(const char *path) {
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

static int attach(int tree, const char *target) {
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
}

static int set_string(int context, const char *key, const char *value) {
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

/* Layers are named by descriptor, because ',' ':' and '\' in a path have a meaning in overlay's options. */
static int set_layer(int context, const char *key, const char *path) {
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    int result = set_string(context, key, name);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

/* A detached overlay of the view's layers, or -1. */
static int make_overlay(const struct baton_view *view) {
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    int tree = -1;
    if (set_string(context, "source", "baton") == 0 && set_layer(context, "lowerdir", view->root) == 0
        && set_layer(context, "upperdir", view->upper) == 0 && set_layer(context, "workdir", view->work) == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) == 0
        && set_string(context, "index", "off") == 0
        && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0) {
        tree = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    }
    int error = errno;
    close(context);
    errno = error;
    return tree;
}

static int set_read_only(int directory, const char *path, unsigned flags) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    return (int)syscall(SYS_mount_setattr, directory, path, flags, &attributes, sizeof attributes);
}

/* True if `path` is `folder` or below it. */
static bool is_within(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Makes the folders of an absolute path; those that exist are left alone. */
static int make_folders(const char *path) {
    char part[4096];
    if (strlen(path) >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(part, path);
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash) *slash = 0;
        if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS) return -1;
        if (!slash) return 0;
        *slash = '/';
    }
}

/* Puts the private folder for temporary files over `target`. Where the view's root lies below, its path is made anew
   inside, so that the view still has its place. */
static int cover_temporary(const struct baton_view *view, const char *target) {
    struct stat status;
    if (strcmp(view->root, target) == 0 || stat(target, &status) < 0 || !S_ISDIR(status.st_mode)) return 0;
    int tree = open_tree_clone(view->tmp);
    if (tree < 0) return -1;
    int result = attach(tree, target);
    int error = errno;
    close(tree);
    errno = error;
    if (result < 0) return -1;
    return is_within(view->root, target) ? make_folders(view->root) : 0;
}

static int mount_view(const struct baton_view *view, struct baton_view_failure *failure) {
    if (mount(NULL, "/", NULL, BATON_MS_REC | BATON_MS_SLAVE, NULL) < 0) return fail(failure, "mount propagation");
    int overlay = make_overlay(view);
    if (overlay < 0) return fail(failure, "overlay mount");
    int git = -1;
    if (view->git) {
        git = open_tree_clone(view->git);
        if (git < 0) return fail(failure, "open_tree");
        if (set_read_only(git, "", AT_EMPTY_PATH) < 0) return fail(failure, "mount_setattr");
    }
    /* The temporary folder lies in a tree that becomes read-only: it is bound onto itself first, and its copies are
       taken from that mount, which is made writable again. */
    int tmp = open_tree_clone(view->tmp);
    if (tmp < 0) return fail(failure, "open_tree");
    if (attach(tmp, view->tmp) < 0) return fail(failure, "move_mount");
    close(tmp);
    if (set_read_only(AT_FDCWD, "/", AT_RECURSIVE) < 0) return fail(failure, "mount_setattr");
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY, .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    if (syscall(SYS_mount_setattr, AT_FDCWD, view->tmp, 0, &writable, sizeof writable) < 0)
        return fail(failure, "mount_setattr");

    /* /var/tmp first: once /tmp is covered, a folder for temporary files that lies below /tmp is out of sight. */
    if (cover_temporary(view, "/var/tmp") < 0) return fail(failure, "private /var/tmp");
    if (cover_temporary(view, "/tmp") < 0) return fail(failure, "private /tmp");
    if (!is_within(view->root, "/dev/shm"))
        (void)mount("tmpfs", "/dev/shm", "tmpfs", BATON_MS_NOSUID | BATON_MS_NODEV, SHARED_MEMORY);

    if (attach(overlay, view->root) < 0) return fail(failure, "move_mount");
    close(overlay);
    if (git >= 0) {
        if (attach(git, view->git) < 0) return fail(failure, "move_mount");
        close(git);
    }
    if (chdir(view->root) < 0) return fail(failure, "chdir");
    return 0;
}

/* ----------------------------------------------------------------------------------------------------- guard and init */

/* The first process of a process namespace: reaps what loses its parent. When it ends, the kernel kills all others. */
static void be_init(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "baton-init");
    if (syscall(SYS_close_range, 0u, ~0u, 0u) < 0) _exit(1);
    for (;;) {
        if (waitpid(-1, NULL, 0) < 0) pause();
    }
}

/* Ends as a process that had `status` ended, so that whoever waits sees the truth. */
static void end_as(int status) {
    if (WIFSIGNALED(status)) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(WTERMSIG(status), SIG_DFL);
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        raise(WTERMSIG(status));
        _exit(128 + WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static volatile sig_atomic_t is_told_to_end = 0;

static void note_signal(int number) {
    (void)number;
    is_told_to_end = 1;
}

/* Waits until the child ends, the host is gone or says so by SIGTERM; then takes down the namespace and ends likewise.
   It is the only one who can reap what it has started: were it killed, dead processes would be left to strangers. */
static void be_guard(pid_t init, pid_t child, int link) {
    prctl(PR_SET_NAME, "baton-guard");
    sigset_t blocked, waiting;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
    sigdelset(&waiting, SIGTERM); /* comes through during ppoll() only, so that none is missed */
    struct sigaction action = {.sa_handler = note_signal};
    sigaction(SIGTERM, &action, NULL);
    int child_fd = baton_pidfd_open(child);
    for (int fd = 0; fd < 64; fd++) {
        if (fd != child_fd && fd != link) close(fd);
    }
    struct pollfd events[2] = {{.fd = child_fd, .events = POLLIN}, {.fd = link, .events = POLLRDHUP}};
    while (child_fd >= 0 && !is_told_to_end && !(events[0].revents & POLLIN)
        && !(events[1].revents & (POLLHUP | POLLRDHUP | POLLERR))) {
        if (ppoll(events, 2, NULL, &waiting) < 0 && errno != EINTR) break;
    }
    int status = 0;
    kill(child, SIGKILL); /* nothing happens to one that has ended: it is not reaped yet */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    kill(init, SIGKILL);
    while (waitpid(init, NULL, 0) < 0 && errno == EINTR) {
    }
    end_as(status);
}

static int split_off(int link, struct baton_view_failure *failure) {
    pid_t init = fork();
    if (init < 0) return fail(failure, "fork");
    if (init == 0) be_init();
    pid_t child = fork();
    if (child < 0) {
        int error = errno;
        kill(init, SIGKILL);
        errno = error;
        return fail(failure, "fork");
    }
    if (child > 0) be_guard(init, child, link);
    return 0;
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

void baton_harden(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int baton_enter_view(const struct baton_view *view, struct baton_view_failure *failure) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (view->network ? 0 : CLONE_NEWNET);
    if (unshare(namespaces) < 0) return fail(failure, "unshare");
    if (map_ids(uid, gid, failure) < 0) return -1;
    if (!view->network) raise_loopback();
    if (mount_view(view, failure) < 0) return -1;
    if (split_off(view->link, failure) < 0) return -1;
    /* Shows the own processes only. Not possible where a container hides parts of /proc: then the old one stays. */
    (void)mount("proc", "/proc", "proc", BATON_MS_NOSUID | BATON_MS_NODEV | BATON_MS_NOEXEC, NULL);
    baton_harden();
    if (drop_capabilities() < 0) return fail(failure, "capset");
    return 0;
}
