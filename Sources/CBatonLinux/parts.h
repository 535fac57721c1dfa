/* What the parts of entering a view know of each other. SPDX-License-Identifier: MIT */

#ifndef BATON_PARTS_H
#define BATON_PARTS_H

#include "baton_linux.h"

/* mount.c */

/* Mounts everything of the view; changes into its root. *server becomes what serves the overlay, if it is a program. */
int baton_mount_view(const struct baton_view *view, pid_t *server, struct baton_view_failure *failure);
/* /proc with the own processes only; false where a container hides parts of /proc, and the old one stays. */
bool baton_mount_processes(void);
/* Makes the machine's settings below /proc read-only. */
void baton_seal_processes(void);
/* True if `path` is `folder` or below it. */
bool baton_is_within(const char *path, const char *folder);

/* fuse.c */

/* A detached overlay that view->fuse serves, or -1. */
int baton_make_fuse_overlay(const struct baton_view *view, pid_t *server, struct baton_view_failure *failure);

/* landlock.c */

/* Allows writing below root, the folders for temporary files and to the usual devices only, and connections only if
   `network`. Returns the ABI in force; 0: none. */
int baton_landlock(const struct baton_view *view, bool has_own_network);

/* seccomp.c */

/* Refuses calls that no role needs. With `listener`, calls that write by path stop until whoever has *listener lets
   them go on; *listener is -1 where the kernel cannot. False if nothing is in force. */
bool baton_filter(bool has_own_network, bool network, int *listener);

/* watch.c */

struct baton_watch {
    int listener;             /* -1: nothing to watch */
    int processes;            /* /proc of the guard's own process namespace */
    int reports;
    bool network;
    unsigned count;
    uint64_t known[32];       /* hashes of what was reported */
};

/* Takes one waiting call, notes it if it will be refused, and lets it go on. */
void baton_watch_one(struct baton_watch *watch);

/* report.c */

void baton_report(int reports, uint8_t kind, uint8_t what, const char *text);

/* limits.c */

/* What the kernel enforces for each process. */
void baton_limit_self(const struct baton_limits *limits, bool counts_own_processes);
/* The most that process numbers of the own namespace can be; false where the kernel has no such limit. */
bool baton_limit_process_numbers(uint64_t processes);

/* usage.c */

struct baton_usage {
    int processes;            /* the step's /proc, or -1 */
    int layers[2];            /* folders that receive what it writes */
    struct baton_limits limits;
    int64_t next_look;        /* milliseconds of CLOCK_MONOTONIC */
    int64_t next_walk;
};

/* Milliseconds of a clock that only goes forward. */
int64_t baton_now(void);
/* Adds up what is used, if it is time; the BATON_LIMIT_… that is passed, or 0. */
int baton_usage_look(struct baton_usage *usage);

/* guard.c */

struct baton_guard {
    int layers[2];            /* folders that receive what the step writes */
    int processes;            /* the machine's /proc */
    int channel;              /* one end of a socket between guard and step */
    pid_t server;             /* what serves the overlay; 0: the kernel */
};

/* Opens what the guard has to reach and what the mounts will hide. */
void baton_guard_open(struct baton_guard *guard, const struct baton_view *view);
/* Splits off an init, and becomes the guard, which never returns; returns 0 in the child, which is the step. */
int baton_split_off(struct baton_guard *guard, const struct baton_view *view, struct baton_view_failure *failure);
/* In the step: hands the calls to watch to the guard, which waits for them; -1 for `listener` if there are none. */
int baton_guard_begin(struct baton_guard *guard, int listener, bool has_own_processes);

#endif
