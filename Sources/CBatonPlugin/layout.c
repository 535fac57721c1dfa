/* Compiles the header on its own, so that its layout assertions are checked in every build. SPDX-License-Identifier: MIT */

#include "baton_plugin.h"

/* A translation unit may not be empty. */
typedef baton_entry baton_layout_is_pinned;
