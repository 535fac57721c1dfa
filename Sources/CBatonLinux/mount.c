/*
 * The mounts of a view. SPDX-License-Identifier: MIT
 *
 * Sources: mount_setattr(2), Documentation/filesystems/overlayfs.rst.
 */

#define _GNU_SOURCE

#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

/* Bytes that the view's /run may hold, which is empty but for what lies in `kept_run_files`. */
#define RUN_FOLDER "size=1m,mode=755"

static int fail(struct baton_view_failure *failure, const char *call) {
    failure->call = call;
    failure->error = errno;
    return -1;
}

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
bool baton_is_within(const char *path, const char *folder) {
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

/* Puts `tree`, the private folder for temporary files, over `target`. Where the view's root lies below, its path is made
   anew inside, so that the view still has its place. */
static int cover_temporary(const struct baton_view *view, int tree, const char *target) {
    struct stat status;
    if (strcmp(view->root, target) == 0 || stat(target, &status) < 0 || !S_ISDIR(status.st_mode)) return 0;
    if (attach(tree, target) < 0) return -1;
    return baton_is_within(view->root, target) ? make_folders(view->root) : 0;
}

/* What of /run programs need: where NixOS has its programs, and how names are resolved. */
static const char *const kept_run_files[] = {
    "/run/current-system",
    "/run/wrappers",
    "/run/opengl-driver",
    "/run/resolvconf/resolv.conf",
    "/run/NetworkManager/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/run/systemd/resolve/stub-resolv.conf",
};

/* Makes `path` what `tree`, a detached mount, or, for a link, `target` is. */
static int keep_run_file(const char *path, int tree, mode_t mode, const char *target) {
    char folder[64];
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = 0;
    if (make_folders(folder) < 0) return -1;
    if (S_ISLNK(mode)) return symlink(target, path);
    if (S_ISDIR(mode)) {
        if (mkdir(path, 0755) < 0) return -1;
    } else {
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
        if (file < 0) return -1;
        close(file);
    }
    return attach(tree, path);
}

/* Hides /run, where services listen: whether a mount is read-only does not matter to whoever connects to a socket in
   it. Source: Linux unix_find_bsd(). */
static int cover_run_folder(const struct baton_view *view) {
    enum { COUNT = sizeof kept_run_files / sizeof *kept_run_files };
    int trees[COUNT];
    char targets[COUNT][256];
    mode_t modes[COUNT] = {0};
    for (int i = 0; i < COUNT; i++) {
        struct stat status;
        trees[i] = -1;
        if (lstat(kept_run_files[i], &status) < 0) continue;
        if (S_ISLNK(status.st_mode)) {
            ssize_t length = readlink(kept_run_files[i], targets[i], sizeof targets[i] - 1);
            if (length < 0) continue;
            targets[i][length] = 0;
        } else {
            trees[i] = open_tree_clone(kept_run_files[i]);
            if (trees[i] < 0) continue;
        }
        modes[i] = status.st_mode;
    }
    int result = 0;
    if (mount("tmpfs", "/run", "tmpfs", BATON_MS_NOSUID | BATON_MS_NODEV, RUN_FOLDER) < 0) {
        result = errno == ENOENT ? 0 : -1;
    } else {
        for (int i = 0; i < COUNT; i++) {
            /* What is missing is missed by its user, who says so better. */
            if (modes[i]) (void)keep_run_file(kept_run_files[i], trees[i], modes[i], targets[i]);
        }
        if (baton_is_within(view->root, "/run")) result = make_folders(view->root);
        if (result == 0) result = set_read_only(AT_FDCWD, "/run", 0);
    }
    int error = errno;
    for (int i = 0; i < COUNT; i++) {
        if (trees[i] >= 0) close(trees[i]);
    }
    errno = error;
    return result;
}

int baton_mount_view(const struct baton_view *view, pid_t *server, struct baton_view_failure *failure) {
    if (mount(NULL, "/", NULL, BATON_MS_REC | BATON_MS_SLAVE, NULL) < 0) return fail(failure, "mount propagation");
    int overlay = view->fuse ? baton_make_fuse_overlay(view, server, failure) : make_overlay(view);
    if (overlay < 0) return view->fuse ? -1 : fail(failure, "overlay mount");
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

    /* Both first: the folder for temporary files may lie below the one that is covered first. */
    int trees[2] = {open_tree_clone(view->tmp), open_tree_clone(view->tmp)};
    if (trees[0] < 0 || trees[1] < 0) return fail(failure, "open_tree");
    if (cover_temporary(view, trees[0], "/var/tmp") < 0) return fail(failure, "private /var/tmp");
    if (cover_temporary(view, trees[1], "/tmp") < 0) return fail(failure, "private /tmp");
    for (int i = 0; i < 2; i++) close(trees[i]);
    if (cover_run_folder(view) < 0) return fail(failure, "private /run");
    if (!baton_is_within(view->root, "/dev/shm"))
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

/* ----------------------------------------------------------------------------------------------------------- processes */

bool baton_mount_processes(void) {
    return mount("proc", "/proc", "proc", BATON_MS_NOSUID | BATON_MS_NODEV | BATON_MS_NOEXEC, NULL) == 0;
}

void baton_seal_processes(void) {
    /* The kernel lets user 0 write some of them without any capability: core_pattern names a program that it runs. */
    static const char *const settings[] = {
        "/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi",
    };
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        int tree = open_tree_clone(settings[i]);
        if (tree < 0) continue;
        if (set_read_only(tree, "", AT_EMPTY_PATH) == 0) (void)attach(tree, settings[i]);
        close(tree);
    }
}
