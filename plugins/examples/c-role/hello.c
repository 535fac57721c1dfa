/*
 * A complete role plugin in plain C. Copy it, change the five places marked CHANGE, and you have your own.
 *
 * SPDX-License-Identifier: MIT
 *
 * Build it from this folder (baton_plugin.h is the only thing it needs):
 *
 *     cc -std=c11 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -fvisibility=hidden \
 *         -I ../../../Sources/CBatonPlugin/include -o hello.so hello.c
 *
 * What it does: writes the file hello-from-c.txt, says so in the log and on the progress line, and reports a result.
 */

#include "baton_plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CHANGE: the file that this role writes. The current directory is the step's private view of the user's directory. */
static const char OUTPUT[] = "hello-from-c.txt";

/* What the role is. Descriptors live until the process ends, so they are constants. */
static const char *const PERMISSIONS[] = {"fs.write", NULL}; /* CHANGE: what is not in here is refused */

static const baton_role_desc DESCRIPTOR = {
    .struct_size = sizeof(baton_role_desc), /* first in every table: how much of it is filled in */
    .id = BATON_LITERAL("org.example.hello"), /* CHANGE: a reverse domain name of yours */
    .name = BATON_LITERAL("hello"),           /* CHANGE: what recipes write after 'role:' */
    .vendor = BATON_LITERAL("The Baton authors"),
    .version = BATON_LITERAL("0.1.0"),
    .license = BATON_LITERAL("MIT"),
    .description = BATON_LITERAL("Writes a greeting, as an example of a role in plain C."),
    .kind = BATON_LITERAL("other"),
    .permissions = PERMISSIONS,
};

/* A role while it exists: the table that the host sees, and what we want to remember. */
typedef struct hello_role {
    baton_role table;
    const baton_host *host;
} hello_role;

/* Text whose length is not known when this is compiled. Borrowed: the host copies it before its call returns. */
static baton_str text(const char *string) { return (baton_str){string, strlen(string)}; }

/* Says why the step fails, and returns the status to fail with. */
static baton_status fail(const baton_host *host, const char *message) {
    host->set_error(host, BATON_E_FAILED, text(message), (baton_str){NULL, 0});
    return BATON_E_FAILED;
}

/* Takes the settings of the recipe, a JSON object. This role has none. */
static baton_status configure(baton_role *role, baton_str settings) {
    (void)role;
    (void)settings;
    return BATON_OK;
}

/* CHANGE: does the step. step->task is a JSON document with the goal; read it with the JSON library of your choice. */
static baton_status run(baton_role *role, const baton_step *step) {
    const baton_host *host = ((hello_role *)role->plugin_data)->host;
    char line[256];

    if (host->is_cancelled(host)) return BATON_E_CANCELLED; /* ask now and then in longer work */
    host->progress(host, 0, text("writing a greeting"));

    /* Strings of the host are not NUL-terminated: give printf their length. */
    snprintf(line, sizeof line, "Hello from C, in step '%.*s', in %.*s\n",
             (int)(step->step_id.len < 80 ? step->step_id.len : 80), step->step_id.ptr,
             (int)(step->workspace_root.len < 120 ? step->workspace_root.len : 120), step->workspace_root.ptr);

    if (!(step->flags & BATON_STEP_DRY_RUN)) { /* a dry run changes nothing */
        FILE *file = fopen(OUTPUT, "w");
        if (file == NULL) return fail(host, strerror(errno));
        int written = fputs(line, file);
        if (fclose(file) != 0 || written < 0) return fail(host, strerror(errno));
    }

    host->log(host, BATON_LOG_INFO, text("hello"), text("wrote the greeting"));
    host->progress(host, 1000, text("done"));

    /* The result: the summary becomes the subject of the commit, outputs can be used by later steps. */
    return host->emit(host, "result", text("{\"schema\":\"baton.result/1\",\"summary\":\"write a greeting\","
                                           "\"outputs\":{\"path\":\"hello-from-c.txt\"}}"));
}

static void destroy(baton_role *role) { free(role->plugin_data); }

/* --- From here on a plugin with one role rarely needs a change. --- */

static uint32_t count(void) { return 1; }

static const baton_role_desc *descriptor(uint32_t index) { return index == 0 ? &DESCRIPTOR : NULL; }

/* Makes the role. Nothing of the host may be called in here. An unknown id gives NULL. */
static baton_role *create(const baton_host *host, const char *role_id) {
    if (strlen(role_id) != DESCRIPTOR.id.len || memcmp(role_id, DESCRIPTOR.id.ptr, DESCRIPTOR.id.len) != 0) return NULL;
    hello_role *role = calloc(1, sizeof *role);
    if (role == NULL) return NULL;
    role->host = host;
    role->table = (baton_role){
        .struct_size = sizeof(baton_role),
        .desc = &DESCRIPTOR,
        .plugin_data = role,
        .configure = configure,
        .run = run,
        .destroy = destroy, /* cancel and get_extension may stay NULL */
    };
    return &role->table;
}

static const baton_role_factory FACTORY = {
    .struct_size = sizeof(baton_role_factory), .count = count, .descriptor = descriptor, .create = create};

/* A second call changes nothing: there is nothing to prepare. */
static baton_status init(const baton_host_info *info) {
    (void)info;
    return BATON_OK;
}

static void deinit(void) {}

static const void *get_factory(const char *id) { return strcmp(id, BATON_ROLE_FACTORY) == 0 ? &FACTORY : NULL; }

static const baton_entry ENTRY = {
    .struct_size = sizeof(baton_entry),
    .abi_major = BATON_ABI_MAJOR,
    .abi_minor = BATON_ABI_MINOR,
    .init = init,
    .deinit = deinit,
    .get_factory = get_factory,
};

/* The one symbol that is exported. */
BATON_EXPORT const baton_entry *baton_plugin_entry_v1(void) { return &ENTRY; }
