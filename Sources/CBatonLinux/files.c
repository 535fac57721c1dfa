/* What files and file systems can do. SPDX-License-Identifier: MIT */

#define _GNU_SOURCE

#include "baton_linux.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

bool baton_has_attribute(const char *path, const char *name) {
    return lgetxattr(path, name, NULL, 0) >= 0;
}

int baton_rename(int from, const char *name, int to, const char *new_name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, name, to, new_name, flags);
}

int baton_clone_file(int source, int target) {
    return ioctl(target, FICLONE, source);
}

bool baton_ignores_case(const char *directory) {
    int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return false;
    int flags = 0;
    bool ignores = ioctl(file, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_CASEFOLD_FL);
    close(file);
    return ignores;
}
