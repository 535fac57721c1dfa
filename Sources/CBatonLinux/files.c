/* Extended attributes. SPDX-License-Identifier: MIT */

#include "baton_linux.h"

#include <stddef.h>
#include <sys/xattr.h>

bool baton_has_attribute(const char *path, const char *name) {
    return lgetxattr(path, name, NULL, 0) >= 0;
}
