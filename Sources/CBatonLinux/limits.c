/* Limits that the kernel keeps. SPDX-License-Identifier: MIT */

#define _GNU_SOURCE

#include "parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Room above a limit that the guard keeps, so that it sees the limit passed and can say so. */
#define ROOM_PROCESSES 64
#define ROOM_SECONDS 5

/* Numbers below this one are not given out again once the highest was reached. Source: Linux RESERVED_PIDS. */
#define RESERVED_NUMBERS 300

static void limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit now;
    if (getrlimit(resource, &now) < 0) return;
    if (now.rlim_max != RLIM_INFINITY && hard > now.rlim_max) hard = now.rlim_max;
    struct rlimit wanted = {.rlim_cur = soft < hard ? soft : hard, .rlim_max = hard};
    (void)setrlimit(resource, &wanted);
}

void baton_limit_self(const struct baton_limits *limits, bool counts_own_processes) {
    if (limits->file_bytes) limit(RLIMIT_FSIZE, limits->file_bytes, limits->file_bytes);
    if (limits->cpu_seconds) limit(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + ROOM_SECONDS);
    /* Counted within the user namespace; without one it would count what else the user has started. */
    if (limits->processes && counts_own_processes) {
        uint64_t most = limits->processes + ROOM_PROCESSES;
        limit(RLIMIT_NPROC, most, most);
    }
}

/* True if the highest process number is a namespace's own; before, it was the whole machine's. Source: Linux 6.14. */
static bool has_own_numbers(void) {
    struct utsname name;
    int major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2
        && (major > 6 || (major == 6 && minor >= 14));
}

bool baton_limit_process_numbers(uint64_t processes) {
    if (!processes || !has_own_numbers()) return false;
    int file = open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    char text[32];
    int length = snprintf(text, sizeof text, "%llu\n", (unsigned long long)processes + RESERVED_NUMBERS);
    bool done = write(file, text, (size_t)length) == length;
    close(file);
    return done;
}
