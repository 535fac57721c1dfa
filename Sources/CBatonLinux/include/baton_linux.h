/* What Swift cannot call: namespaces, mounts, capabilities and process descriptors. SPDX-License-Identifier: MIT */

#ifndef BATON_LINUX_H
#define BATON_LINUX_H

#include <stdbool.h>
#include <sys/types.h>

/* A private copy-on-write view of one directory, to be mounted over the directory's own path. All paths are absolute
   and borrowed until the call returns. */
struct baton_view {
    const char *root;         /* the directory; lower layer and mount point */
    const char *upper;        /* empty folder that receives the changes */
    const char *work;         /* empty folder on the same filesystem as upper */
    const char *tmp;          /* empty folder that becomes /tmp and /var/tmp */
    const char *git;          /* file or folder inside root to be read-only, or NULL */
    bool network;             /* keep the machine's network */
    int link;                 /* descriptor of the host's socket: when its other end closes, everything here ends */
};

/* Which call failed, and its errno. */
struct baton_view_failure {
    const char *call;
    int error;
};

/*
 * Leaves the user's world and enters the view. Call it first of all, while the process has one thread.
 *
 * New user, mount, process, IPC and, unless view->network, network namespaces; the own user and group keep their
 * numbers. Everything is read-only but the view and /tmp. No capability is left. The caller continues in a child: the
 * process that was started stays behind as a guard, which ends as the child ends and takes all that the child started
 * with it, also what left the process group.
 *
 * Returns 0 in the child. Returns -1 with *failure set if the machine does not allow it; nothing outside the process
 * has changed then, and the process should end.
 */
int baton_enter_view(const struct baton_view *view, struct baton_view_failure *failure);

/* Gives up what a process without a view can give up: new privileges and core dumps. */
void baton_harden(void);

/* A descriptor that becomes readable when the process ends; -1 with errno. Close-on-exec. */
int baton_pidfd_open(pid_t pid);

/* Two ends of a pipe, and of a stream socket, both close-on-exec. 0, or -1 with errno. */
int baton_pipe(int ends[2]);
int baton_socket_pair(int ends[2]);

/* A program to start. Everything is borrowed until the call returns. */
struct baton_program {
    const char *path;           /* looked up in PATH if it has no '/' */
    char *const *arguments;     /* ended by NULL */
    char *const *environment;   /* ended by NULL */
    const char *directory;      /* NULL: the caller's */
    const int *descriptors;     /* descriptors[i] becomes i in the program; -1 becomes /dev/null */
    int descriptor_count;
};

/* Starts a program as leader of a new process group, with default signal handling and no other descriptors than those
   given. Returns 0 or an errno. */
int baton_spawn(const struct baton_program *program, pid_t *pid);

/* True if the file at `path`, which may be a link, has the extended attribute `name`. */
bool baton_has_attribute(const char *path, const char *name);

/* renameat2(2): the flags say that nothing may be replaced, or that the two names change places. 0, or -1 with errno;
   EINVAL where the file system cannot do it. */
#define BATON_RENAME_NOREPLACE 1u
#define BATON_RENAME_EXCHANGE 2u
int baton_rename(int from, const char *name, int to, const char *new_name, unsigned flags);

#endif
