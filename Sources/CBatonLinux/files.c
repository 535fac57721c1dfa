/* Extended attributes and renaming. SPDX-License-Identifier: MIT */

#define _GNU_SOURCE

#include "baton_linux.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

bool baton_has_attribute(const char *path, const char *name) {
    return lgetxattr(path, name, NULL, 0) >= 0;
}

int baton_rename(int from, const char *name, int to, const char *new_name, unsigned flags) {
    return (int)syscall(SYS_renameat2, from, name, to, new_name, flags);
}
