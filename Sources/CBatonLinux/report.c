/* What the guard tells the host. SPDX-License-Identifier: MIT */

#define _GNU_SOURCE

#include "parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Bytes of a path that are told. */
#define TEXT_MAX 1024

void baton_report(int reports, uint8_t kind, uint8_t what, const char *text) {
    if (reports < 0) return;
    uint8_t frame[4 + 2 + TEXT_MAX];
    size_t length = strnlen(text, TEXT_MAX);
    uint32_t size = (uint32_t)(2 + length);
    for (int i = 0; i < 4; i++) frame[i] = (uint8_t)(size >> (8 * i));
    frame[4] = kind;
    frame[5] = what;
    memcpy(frame + 6, text, length);
    /* Less than PIPE_BUF, so it is written whole or not at all. */
    while (write(reports, frame, 4 + size) < 0 && errno == EINTR) {
    }
}
