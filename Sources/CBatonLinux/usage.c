/* Adds up what a step uses, for the limits that the kernel does not keep. SPDX-License-Identifier: MIT */

#define _GNU_SOURCE

#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds between two looks at the processes, and between two walks over the files at least. */
#define LOOK_INTERVAL 100
#define WALK_INTERVAL 250

/* A walk is done when ten times the time that it took has passed, so that it costs a tenth of a core at most. */
#define WALK_SHARE 10

/* Folders deep that are walked. */
#define DEPTH_MAX 256

/* Units of 512 bytes that a file counts at least: an empty one takes a place in the file system too. */
#define BLOCKS_MIN 8

int64_t baton_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct sums {
    uint64_t processes, pages, ticks;
};

/* Adds what one line of /proc/PID/stat says. The name, in parentheses, may hold anything. */
static void add_process(const char *line, struct sums *sums) {
    const char *rest = strrchr(line, ')');
    if (!rest) return;
    /* Fields 14 to 17: own time, and that of children that were waited for; 24: resident pages. */
    unsigned long long user, kernel, pages;
    long long children_user, children_kernel;
    if (sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld %*d %*d %*d %*d %*u %*u %llu",
            &user, &kernel, &children_user, &children_kernel, &pages) != 5)
        return;
    sums->processes++;
    sums->pages += pages;
    sums->ticks += user + kernel + (unsigned long long)(children_user + children_kernel);
}

static int look_at_processes(struct baton_usage *usage) {
    int copy = openat(usage->processes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = copy < 0 ? NULL : fdopendir(copy);
    if (!stream) {
        if (copy >= 0) close(copy);
        return 0;
    }
    struct sums sums = {0, 0, 0};
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        char path[300], line[1024];
        snprintf(path, sizeof path, "%s/stat", entry->d_name);
        int file = openat(copy, path, O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ssize_t length = read(file, line, sizeof line - 1);
        close(file);
        if (length <= 0) continue;
        line[length] = 0;
        add_process(line, &sums);
    }
    closedir(stream);
    const struct baton_limits *limits = &usage->limits;
    /* The init, which has no memory of its own and no work, is not the step's. */
    if (limits->processes && sums.processes > limits->processes + 1) return BATON_LIMIT_PROCESSES;
    if (limits->memory_bytes && sums.pages * (uint64_t)sysconf(_SC_PAGESIZE) > limits->memory_bytes)
        return BATON_LIMIT_MEMORY;
    if (limits->cpu_seconds && sums.ticks / (uint64_t)sysconf(_SC_CLK_TCK) > limits->cpu_seconds)
        return BATON_LIMIT_CPU;
    return 0;
}

/* Takes over `folder`. */
static uint64_t blocks_below(int folder, int depth) {
    DIR *stream = fdopendir(folder);
    if (!stream) {
        close(folder);
        return 0;
    }
    uint64_t blocks = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        struct stat status;
        if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) continue;
        uint64_t own = status.st_blocks > BLOCKS_MIN ? (uint64_t)status.st_blocks : BLOCKS_MIN;
        /* Each of several names of a file counts its part. */
        blocks += S_ISREG(status.st_mode) && status.st_nlink > 1 ? own / status.st_nlink : own;
        if (!S_ISDIR(status.st_mode) || depth >= DEPTH_MAX) continue;
        int child = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child >= 0) blocks += blocks_below(child, depth + 1);
    }
    closedir(stream);
    return blocks;
}

static int look_at_files(struct baton_usage *usage) {
    uint64_t blocks = 0;
    for (int i = 0; i < 2; i++) {
        int folder = openat(usage->layers[i], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0) blocks += blocks_below(folder, 0);
    }
    /* st_blocks counts in units of 512 bytes. */
    return blocks * 512 > usage->limits.written_bytes ? BATON_LIMIT_WRITTEN : 0;
}

int baton_usage_look(struct baton_usage *usage) {
    int64_t now = baton_now();
    int passed = 0;
    if (usage->processes >= 0 && now >= usage->next_look) {
        passed = look_at_processes(usage);
        usage->next_look = now + LOOK_INTERVAL;
    }
    if (!passed && usage->limits.written_bytes && now >= usage->next_walk) {
        passed = look_at_files(usage);
        int64_t end = baton_now();
        int64_t pause = (end - now) * WALK_SHARE;
        usage->next_walk = end + (pause > WALK_INTERVAL ? pause : WALK_INTERVAL);
    }
    return passed;
}
