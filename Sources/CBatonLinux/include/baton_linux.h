/* What Swift cannot call: namespaces, mounts, filters, limits and process descriptors. SPDX-License-Identifier: MIT */

#ifndef BATON_LINUX_H
#define BATON_LINUX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ------------------------------------------------------------------------------------------------------------- a view */

/* What a step may use at most; 0 means no limit. */
struct baton_limits {
    uint64_t memory_bytes;    /* resident memory of all its processes together */
    uint64_t processes;       /* processes at once */
    uint64_t file_bytes;      /* size of one file */
    uint64_t written_bytes;   /* disk space of all that it has written */
    uint64_t cpu_seconds;     /* processor time of all its processes together */
};

/* A private view of one directory. All paths are absolute and borrowed until the call returns. */
struct baton_view {
    const char *root;         /* the directory; lower layer and mount point */
    const char *upper;        /* empty folder that receives the changes */
    const char *work;         /* empty folder on the same filesystem as upper */
    const char *tmp;          /* empty folder that becomes /tmp and /var/tmp */
    const char *git;          /* file or folder inside root to be read-only, or NULL */
    const char *fuse;         /* program that serves the overlay instead of the kernel: fuse-overlayfs; or NULL */
    bool network;             /* keep the machine's network */
    int link;                 /* descriptor of the host's socket: when its other end closes, everything here ends */
    int reports;              /* descriptor of a pipe for the guard's reports, or -1; see BATON_REPORT_… */
    struct baton_limits limits;
};

/* Which call failed, and its errno. */
struct baton_view_failure {
    const char *call;
    int error;
};

/* What holds a step in, besides its view. What the kernel does not have is left out. */
struct baton_hold {
    int landlock;             /* ABI of the Landlock rules in force; 0: none */
    bool filter;              /* system calls that no role needs are refused */
    bool watch;               /* attempts to write outside are noted */
    bool private_processes;   /* /proc shows the step's processes only; memory, processes and time are added up */
    bool process_limit;       /* the kernel itself refuses a process too many */
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
int baton_enter_view(const struct baton_view *view, struct baton_view_failure *failure, struct baton_hold *hold);

/*
 * Works in a directory as it is, without a view. Gives up what can be given up without one: new privileges, core dumps,
 * and, where the kernel has Landlock, writing outside of the directory and of view->tmp, and connections.
 *
 * Returns 0, or -1 with *failure set.
 */
int baton_enter_directory(const struct baton_view *view, struct baton_view_failure *failure, struct baton_hold *hold);

/* ------------------------------------------------------------------------------------------------------------ reports */

/* What a guard reports to view->reports: frames of a little-endian uint32_t length, then one byte that says which. */
enum {
    BATON_REPORT_ATTEMPT = 1, /* one byte BATON_ATTEMPT_…, then the path or address */
    BATON_REPORT_LIMIT = 2,   /* one byte BATON_LIMIT_…; the step is ended */
};

/* What a step tried and was kept from. */
enum {
    BATON_ATTEMPT_WRITE = 1,
    BATON_ATTEMPT_REMOVE = 2,
    BATON_ATTEMPT_CONNECT = 3,
};

/* A limit that a step has reached. */
enum {
    BATON_LIMIT_MEMORY = 1,
    BATON_LIMIT_PROCESSES = 2,
    BATON_LIMIT_WRITTEN = 3,
    BATON_LIMIT_CPU = 4,
};

/* ---------------------------------------------------------------------------------------------------------- processes */

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

/* -------------------------------------------------------------------------------------------------------------- files */

/* True if the file at `path`, which may be a link, has the extended attribute `name`. */
bool baton_has_attribute(const char *path, const char *name);

/* renameat2(2): the flags say that nothing may be replaced, or that the two names change places. 0, or -1 with errno;
   EINVAL where the file system cannot do it. */
#define BATON_RENAME_NOREPLACE 1u
#define BATON_RENAME_EXCHANGE 2u
int baton_rename(int from, const char *name, int to, const char *new_name, unsigned flags);

/* Makes `target`, an open empty file, share the blocks of `source`. 0, or -1 with errno where the file system cannot. */
int baton_clone_file(int source, int target);

/* True if the directory compares names without case, which the kernel refuses to put an overlay over. */
bool baton_ignores_case(const char *directory);

/* The newest Landlock ABI of the kernel; 0 if it has none. */
int baton_landlock_abi(void);

#endif
