/*
 * The process that stays outside of a step and holds it together. SPDX-License-Identifier: MIT
 *
 * Source: pid_namespaces(7). It shares the step's mounts, but not its processes and none of its memory.
 */

#define _GNU_SOURCE

#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Switches between caller and guard at once, on the same core. Source: Linux 6.6, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1ul
#endif

static int fail(struct baton_view_failure *failure, const char *call) {
    failure->call = call;
    failure->error = errno;
    return -1;
}

void baton_guard_open(struct baton_guard *guard, const struct baton_view *view) {
    guard->layers[0] = open(view->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    guard->layers[1] = open(view->tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    guard->processes = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    guard->channel = -1;
    guard->server = 0;
}

/* The first process of a process namespace: reaps what loses its parent. When it ends, the kernel kills all others. */
static void be_init(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "baton-init");
    if (syscall(SYS_close_range, 0u, ~0u, 0u) < 0) _exit(1);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    for (;;) {
        /* Their processor time is added to that of this process, so they must be waited for and not ignored. */
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        (void)sigwaitinfo(&children, NULL);
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

/* What the guard needs to know of its step once it runs. */
struct round {
    struct pollfd events[4];  /* the child's end, the host's socket, the step's channel, calls that wait */
    struct baton_usage usage;
    struct baton_watch watch;
};

/* Takes what the step hands over: whether /proc is its own, and the calls to watch. */
static void receive_listener(struct round *round) {
    struct pollfd *channel = &round->events[2];
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char has_own_processes = 0;
    struct iovec data = {&has_own_processes, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(channel->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) == 1) {
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_type == SCM_RIGHTS) {
            memcpy(&round->watch.listener, CMSG_DATA(header), sizeof(int));
            round->events[3].fd = round->watch.listener;
            (void)ioctl(round->watch.listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
        }
        /* The step's mounts are this process's too. */
        if (has_own_processes) round->usage.processes = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    close(channel->fd);
    channel->fd = -1;
}

/* Nanoseconds until the next look at what is used. */
static struct timespec patience(const struct baton_usage *usage) {
    int64_t next = usage->next_look < usage->next_walk ? usage->next_look : usage->next_walk;
    int64_t rest = next - baton_now();
    if (rest < 1) rest = 1;
    return (struct timespec){.tv_sec = rest / 1000, .tv_nsec = rest % 1000 * 1000000};
}

static void guard_step(struct round *round, const sigset_t *waiting) {
    struct pollfd *events = round->events;
    const short gone = POLLHUP | POLLRDHUP | POLLERR;
    while (!is_told_to_end) {
        struct timespec rest = patience(&round->usage);
        int ready = ppoll(events, 4, &rest, waiting);
        if (ready < 0 && errno != EINTR) return;
        if (ready > 0) {
            if (events[0].revents & POLLIN || events[1].revents & gone) return;
            if (events[2].revents) receive_listener(round);
            if (events[3].revents & POLLIN) baton_watch_one(&round->watch);
            else if (events[3].revents) events[3].fd = -1;
        }
        int limit = baton_usage_look(&round->usage);
        if (!limit) continue;
        baton_report(round->watch.reports, BATON_REPORT_LIMIT, (uint8_t)limit, "");
        return;
    }
}

static void close_others(const int *kept, int count) {
    for (int fd = 0; fd < 64; fd++) {
        bool is_kept = false;
        for (int i = 0; i < count; i++) is_kept = is_kept || kept[i] == fd;
        if (!is_kept) close(fd);
    }
}

/* Waits until the child ends, the host is gone or says so by SIGTERM, or a limit is passed; then takes down the
   namespace and ends likewise. It is the only one who can reap what it has started: were it killed, dead processes
   would be left to strangers. */
static void be_guard(const struct baton_guard *guard, const struct baton_view *view, pid_t init, pid_t child) {
    prctl(PR_SET_NAME, "baton-guard");
    sigset_t blocked, waiting;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
    sigdelset(&waiting, SIGTERM); /* comes through during ppoll() only, so that none is missed */
    struct sigaction action = {.sa_handler = note_signal};
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    int child_fd = baton_pidfd_open(child);
    const int kept[] = {child_fd, view->link, view->reports, guard->channel, guard->processes, guard->layers[0],
        guard->layers[1]};
    close_others(kept, sizeof kept / sizeof *kept);
    struct round round = {
        .events = {{.fd = child_fd, .events = POLLIN}, {.fd = view->link, .events = POLLRDHUP},
            {.fd = guard->channel, .events = POLLIN}, {.fd = -1, .events = POLLIN}},
        .usage = {.processes = -1, .layers = {guard->layers[0], guard->layers[1]}, .limits = view->limits},
        .watch = {.listener = -1, .processes = guard->processes, .reports = view->reports, .network = view->network},
    };
    if (child_fd >= 0) guard_step(&round, &waiting);
    int status = 0;
    kill(child, SIGKILL); /* nothing happens to one that has ended: it is not reaped yet */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    kill(init, SIGKILL);
    while (waitpid(init, NULL, 0) < 0 && errno == EINTR) {
    }
    if (guard->server > 0) {
        kill(guard->server, SIGKILL);
        while (waitpid(guard->server, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    end_as(status);
}

int baton_split_off(struct baton_guard *guard, const struct baton_view *view, struct baton_view_failure *failure) {
    int ends[2];
    if (baton_socket_pair(ends) < 0) return fail(failure, "socketpair");
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
    if (child > 0) {
        close(ends[1]);
        guard->channel = ends[0];
        be_guard(guard, view, init, child);
    }
    close(ends[0]);
    guard->channel = ends[1];
    /* The guard's alone: what speaks for the step must not speak for the guard. */
    const int others[] = {guard->layers[0], guard->layers[1], guard->processes, view->reports};
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i] >= 0) close(others[i]);
    }
    return 0;
}

int baton_guard_begin(struct baton_guard *guard, int listener, bool has_own_processes) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char word = has_own_processes;
    struct iovec data = {&word, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (listener >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
    }
    ssize_t sent = sendmsg(guard->channel, &message, MSG_NOSIGNAL);
    int error = errno;
    if (listener >= 0) close(listener);
    close(guard->channel);
    errno = error;
    return sent == 1 ? 0 : -1;
}
