/* Starting programs and watching them. SPDX-License-Identifier: MIT */

#define _GNU_SOURCE

#include "baton_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int baton_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int baton_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC);
}

int baton_socket_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

/* Most descriptors that a program can be given. */
#define DESCRIPTORS_MAX 8

int baton_spawn(const struct baton_program *program, pid_t *pid) {
    if (program->descriptor_count > DESCRIPTORS_MAX) return EINVAL;
    /* Out of the way first: a source may have the number of another's target. */
    int copies[DESCRIPTORS_MAX];
    int count = 0;
    int error = 0;
    for (; count < program->descriptor_count; count++) {
        int source = program->descriptors[count];
        copies[count] = source < 0 ? -1 : fcntl(source, F_DUPFD_CLOEXEC, DESCRIPTORS_MAX);
        if (source >= 0 && copies[count] < 0) {
            error = errno;
            break;
        }
    }

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int target = 0; target < count && !error; target++) {
        error = copies[target] < 0 ? posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
                                   : posix_spawn_file_actions_adddup2(&actions, copies[target], target);
    }
    /* Whatever else is open here, by whomever it was opened, is not the program's business. */
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, program->descriptor_count);
    if (!error && program->directory) error = posix_spawn_file_actions_addchdir_np(&actions, program->directory);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!error) error = posix_spawnattr_setpgroup(&attributes, 0);
    if (!error)
        error = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!error)
        error = posix_spawnp(pid, program->path, &actions, &attributes, program->arguments, program->environment);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < count; i++) {
        if (copies[i] >= 0) close(copies[i]);
    }
    return error;
}
