/*
 * baton_plugin.h: the C interface between Baton and a role plugin, version 1.0.
 *
 * SPDX-License-Identifier: MIT
 *
 * Copyright (c) 2026 The Baton authors
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this file, to deal in it without
 * restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,
 * and/or sell copies of it, and to permit persons to whom it is furnished to do so, subject to the following
 * conditions: the above copyright notice and this permission notice shall be included in all copies or substantial
 * portions of it. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
 * NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT
 * SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY ARISING FROM THE SOFTWARE.
 *
 * ---------------------------------------------------------------------------------------------------------------------
 * A plugin is a shared library that exports one function, baton_plugin_entry_v1(). It needs no library of Baton's: this
 * file is all. Baton loads one plugin into one worker process, runs one step, and ends the process; a library is never
 * unloaded. The worker's current directory is the step's private view of the user's directory: read and write files
 * there with ordinary calls. What is changed there is proposed to Baton; nothing else leaves the worker.
 *
 * The promise. Inside major version 1 nothing is removed, renamed or given another type, and fields are only appended.
 * A plugin built against any 1.x header loads in every Baton with 1.y. A break would be a new entry symbol.
 *
 * Sizes. Every struct that can grow begins with struct_size, set by whoever fills the struct in. Read a field only if
 * BATON_HAS(pointer, field); what lies beyond struct_size counts as zero. Structs that can grow travel by pointer and
 * are never embedded in one another.
 *
 * Text. baton_str: UTF-8, not NUL-terminated; {NULL, 0} means absent. Paths are bytes, relative to the step's
 * directory, separated by '/', without '..' and without a leading '/'. Identifiers of factories, extensions, channels
 * and permissions are NUL-terminated ASCII. Structured data are JSON documents with a "schema" member; the schemas are
 * in docs/plugins.md. Ignore members you do not know.
 *
 * Memory. Whoever allocated frees; nobody frees the other side's memory. Arguments are borrowed until the call returns.
 * The plugin returns data by calling the host, which copies before it returns. The host returns data as a baton_blob,
 * valid until released, at the latest until run() returns. Tables and descriptors live until the process ends and do
 * not change.
 *
 * Threads. Functions of the plugin are called on the worker's main thread, one at a time, save cancel(), which comes
 * from another thread. Functions of the host may be called from any thread that the plugin made, and may block. When
 * run() returns, no thread of the plugin may call the host any more: such calls return BATON_E_INVALID. The tags say it
 * again at each function: [main] the worker's main thread, [any] any thread.
 *
 * Errors. A function returns BATON_OK or a negative baton_status; treat one you do not know as BATON_E_FAILED. What a
 * person should read goes through set_error() before returning. No C++ exception, Swift error or longjmp may cross.
 * ---------------------------------------------------------------------------------------------------------------------
 */

#ifndef BATON_PLUGIN_H
#define BATON_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this file. A host accepts an equal major and any minor: what a plugin may lack, it looks for. */
#define BATON_ABI_MAJOR 1
#define BATON_ABI_MINOR 0

/* True if `field` of the struct that `pointer` points to was filled in by whoever made it. */
#define BATON_HAS(pointer, field) \
    ((pointer)->struct_size >= offsetof(__typeof__(*(pointer)), field) + sizeof((pointer)->field))

/* A baton_str of a string literal. */
#define BATON_LITERAL(literal) {(literal), sizeof(literal) - 1}

/* Marks the one exported function of a plugin that is built with -fvisibility=hidden. */
#define BATON_EXPORT __attribute__((visibility("default")))

/* ------------------------------------------------------------------------------------------------------------ values */

/* Text or bytes that somebody else owns. The one struct that never grows, so the one that is passed by value. */
typedef struct baton_str {
    const char *ptr; /* NULL if absent */
    uint64_t len;    /* bytes */
} baton_str;

/* The result of a call: BATON_OK or a negative number. */
typedef int32_t baton_status;

enum {
    BATON_OK = 0,
    BATON_E_FAILED = -1,       /* the work could not be done; no more exact code fits */
    BATON_E_INVALID = -2,      /* an argument, a document or the moment of the call is wrong */
    BATON_E_UNSUPPORTED = -3,  /* never possible here */
    BATON_E_UNAVAILABLE = -4,  /* not there now: no model configured, nobody to ask */
    BATON_E_DENIED = -5,       /* refused by policy or by a person */
    BATON_E_CANCELLED = -6,    /* the step is being stopped; return from run() soon */
    BATON_E_DEADLINE = -7,     /* a time limit passed */
    BATON_E_BUDGET = -8,       /* a limit of tokens, money or calls is reached */
    BATON_E_TRANSIENT = -9,    /* failed although the host tried again; a later try may succeed */
    BATON_E_CONFLICT = -10,    /* somebody else changed the same thing */
    BATON_E_TOO_LARGE = -11,   /* over a size limit */
    BATON_E_INTERNAL = -12     /* a defect; please report it */
};

/* How grave a log line is. */
typedef int32_t baton_log_level;

enum {
    BATON_LOG_TRACE = 0,
    BATON_LOG_DEBUG = 1,
    BATON_LOG_INFO = 2,
    BATON_LOG_WARNING = 3,
    BATON_LOG_ERROR = 4,
    BATON_LOG_HOST_MISBEHAVING = 5,  /* the host broke a rule of this file */
    BATON_LOG_PLUGIN_MISBEHAVING = 6 /* the plugin broke a rule of this file; also written by the host */
};

/* Bits of baton_step.flags. */
enum {
    BATON_STEP_DRY_RUN = 1u << 0,     /* say what you would do; change nothing, call no model */
    BATON_STEP_INTERACTIVE = 1u << 1  /* a person can be asked */
};

/* What a chunk given to a baton_sink is. Ignore kinds that you do not know. */
typedef int32_t baton_chunk_kind;

enum {
    BATON_CHUNK_TEXT = 0,      /* a part of a model's answer */
    BATON_CHUNK_REASONING = 1, /* a part of a model's reasoning */
    BATON_CHUNK_STDOUT = 2,    /* output of a command */
    BATON_CHUNK_STDERR = 3     /* error output of a command */
};

/* Data that the host gives to the plugin. Owned by the host. */
typedef struct baton_blob {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    const char *data;
    uint64_t size; /* bytes */
    /* Gives the blob back. Afterwards the pointer is invalid. Not calling it is safe: everything is given back when
       run() returns. [any] */
    void (*release)(const struct baton_blob *blob);
    void *host_data; /* the host's; do not touch */
} baton_blob;

/* Where a call delivers parts of its result while it goes on. Owned by the plugin, borrowed until the call returns. */
typedef struct baton_sink {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    void *plugin_data; /* the plugin's; the host does not touch it */
    /* Takes one chunk, borrowed until it returns. Called on the thread that made the call. Anything but BATON_OK stops
       the call, which then returns BATON_E_CANCELLED. */
    baton_status (*receive)(const struct baton_sink *sink, baton_chunk_kind kind, baton_str chunk);
} baton_sink;

/* ------------------------------------------------------------------------------------------------------- what a host is */

/* The program that loaded the plugin. Owned by the host, valid until the process ends. */
typedef struct baton_host_info {
    uint32_t struct_size;
    uint32_t abi_major; /* of the host */
    uint32_t abi_minor;
    uint32_t reserved;      /* 0 */
    baton_str host_name;    /* "baton" */
    baton_str host_version; /* semantic version */
    baton_str plugin_path;  /* absolute path of the library; for messages, it may not be readable from here */
    baton_str data_dir;     /* absolute path of a folder with the plugin's own read-only data; absent if there is none */
} baton_host_info;

/* What a role may call while it exists. Owned by the host, valid until destroy() returned. */
typedef struct baton_host {
    uint32_t struct_size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved; /* 0 */
    void *host_data;   /* the host's; do not touch */

    /* Returns the table for `id`, such as "baton.host.model/1", or NULL if this host does not have it, which is normal
       and has to be handled. The table lives as long as the host. [any] */
    const void *(*get_extension)(const struct baton_host *host, const char *id);

    /* Writes one line to the step's log. `component` may be absent. [any] */
    void (*log)(const struct baton_host *host, baton_log_level level, baton_str component, baton_str message);

    /* Says what the role is doing now, for the progress line. `permille` is 0 to 1000, or -1 if unknown. [any] */
    void (*progress)(const struct baton_host *host, int32_t permille, baton_str message);

    /* 1 once the step is being stopped, else 0. Cheap: may be asked in a loop. [any] */
    int32_t (*is_cancelled)(const struct baton_host *host);

    /* A descriptor that becomes readable once the step is being stopped, for poll(). Owned by the host: do not read from
       it, do not close it. -1 if there is none. [any] */
    int32_t (*cancel_fd)(const struct baton_host *host);

    /* Records why the step fails, before run() returns a negative status. `message` is one phrase for a person,
       `detail_json` a JSON document or absent. The last call counts. [any] */
    void (*set_error)(const struct baton_host *host, baton_status code, baton_str message, baton_str detail_json);

    /* Delivers a document on a channel:
         "result"    what the step comes to (schema "baton.result/1"); the last one counts
         "message"   something for the person who watches ("baton.message/1")
         "artifact"  a file worth knowing about ("baton.artifact/1")
         "request"   something for the manager of the run ("baton.request/1")
       BATON_E_INVALID if it is no JSON object, BATON_E_UNSUPPORTED if the channel is unknown. [any] */
    baton_status (*emit)(const struct baton_host *host, const char *channel, baton_str json);
} baton_host;

/* ------------------------------------------------------------------------------------------------------- host extensions */

/* Models. The host does HTTP, credentials, retries, limits and the record of each call. Needs the permission
   "model.call". */
#define BATON_HOST_MODEL "baton.host.model/1"

typedef struct baton_host_model {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Asks the step's model. `request` is a "baton.model-request/1"; on BATON_OK `*out` is a "baton.model-result/1".
       `sink` may be NULL; it receives the answer as it arrives. Blocks until the answer is whole. [any]
       BATON_E_UNAVAILABLE no model; BATON_E_BUDGET; BATON_E_CANCELLED; BATON_E_TRANSIENT; BATON_E_INVALID. */
    baton_status (*call)(
        const baton_host *host, baton_str request, const baton_sink *sink, const baton_blob **out);
} baton_host_model;

/* Commands, run in the step's view with limits on time and output, and recorded. Needs the permission "exec". */
#define BATON_HOST_EXEC "baton.host.exec/1"

typedef struct baton_host_exec {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Runs a command to its end. `request` is a "baton.exec-request/1"; on BATON_OK `*out` is a "baton.exec-result/1".
       BATON_OK means that the command ran, whatever its exit status was. `sink` may be NULL. [any] */
    baton_status (*run)(
        const baton_host *host, baton_str request, const baton_sink *sink, const baton_blob **out);
} baton_host_exec;

/* Remarks about the view. Files are read and written with ordinary calls, not through this. */
#define BATON_HOST_WORKSPACE "baton.host.workspace/1"

typedef struct baton_host_workspace {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Says that `path`, and all below it, is scratch: it is left out of what the step proposes. [any] */
    baton_status (*declare_scratch)(const baton_host *host, baton_str path);
    /* Says that `path` is a result worth showing; `kind` is a word of the plugin's, such as "report". [any] */
    baton_status (*declare_artifact)(const baton_host *host, baton_str path, baton_str kind);
    /* The paths that differ from the start of the step, as "baton.changed-paths/1". [any] */
    baton_status (*changed_paths)(const baton_host *host, const baton_blob **out);
} baton_host_workspace;

/* Questions to the person. Needs the permission "ask". */
#define BATON_HOST_ASK "baton.host.ask/1"

typedef struct baton_host_ask {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Asks `question`, a "baton.question/1", and waits; on BATON_OK `*out` is a "baton.answer/1". Where nobody can be
       asked, the question's own default is the answer; without one, BATON_E_UNAVAILABLE. [any] */
    baton_status (*ask)(const baton_host *host, baton_str question, const baton_blob **out);
} baton_host_ask;

/* A small store that outlives the step, one for each plugin id. Never put credentials in it. */
#define BATON_HOST_STATE "baton.host.state/1"

typedef struct baton_host_state {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Reads `key`. BATON_OK with `*out` NULL if there is no value. [any] */
    baton_status (*get)(const baton_host *host, baton_str key, const baton_blob **out);
    /* Writes `key`; an absent value removes it. BATON_E_TOO_LARGE over the host's limit. [any] */
    baton_status (*put)(const baton_host *host, baton_str key, baton_str value);
} baton_host_state;

/* For tests of plugins: tells whether the caller is on the worker's main thread. */
#define BATON_HOST_THREAD_CHECK "baton.host.thread-check/1"

typedef struct baton_host_thread_check {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* 1 on the worker's main thread, else 0. [any] */
    int32_t (*is_main)(const baton_host *host);
} baton_host_thread_check;

/* -------------------------------------------------------------------------------------------------------- what a role is */

/* What a role is and needs. Owned by the plugin, immutable, valid until the process ends. */
typedef struct baton_role_desc {
    uint32_t struct_size;
    uint32_t min_abi_minor; /* the lowest minor version of the host that the role works with; usually 0 */
    baton_str id;           /* reverse domain name, e.g. "org.example.translator"; mandatory */
    baton_str name;         /* what recipes write, e.g. "translator"; mandatory */
    baton_str vendor;
    baton_str version; /* semantic version, e.g. "1.2.0"; mandatory */
    baton_str license; /* SPDX expression */
    baton_str url;
    baton_str description;   /* one sentence */
    baton_str kind;          /* "researcher", "writer", "reviewer", "coder", "manager" or "other" */
    baton_str config_schema; /* JSON Schema of what configure() takes; absent if there are no settings */
    baton_str output_schema; /* JSON Schema of "outputs" in the step's result; absent if there are none */
    /* Ids, ended by NULL: "fs.read", "fs.write", "exec", "model.call", "net", "ask". NULL means none. What is not in
       here is refused. */
    const char *const *permissions;
    const char *const *features; /* words of the plugin's, ended by NULL; NULL means none */
} baton_role_desc;

/* The step that a role is asked to do. Owned by the host, valid until run() returns. */
typedef struct baton_step {
    uint32_t struct_size;
    uint32_t flags;           /* BATON_STEP_… */
    baton_str step_id;        /* unique within the run */
    baton_str run_id;         /* lowercase hexadecimal */
    baton_str task;           /* what to do: a "baton.step/1" document */
    baton_str workspace_root; /* absolute path of the view, which is also the current directory */
    baton_str base_commit;    /* hexadecimal id of the commit that the step starts from; absent before the first one */
    uint32_t attempt;         /* 1 at the first try */
    uint32_t reserved;        /* 0 */
    int64_t deadline_unix_ns; /* when the step is stopped, in nanoseconds since 1970 UTC; 0 if there is no limit */
    uint64_t seed;            /* where the role needs chance, it starts from this, so that a run can be repeated */
} baton_step;

/* A role. Made by create(), ended by destroy(). None of its functions is called while another one runs, save cancel(). */
typedef struct baton_role {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    const baton_role_desc *desc;
    void *plugin_data; /* the plugin's; the host does not touch it */

    /* Takes the settings, a JSON object that fits desc->config_schema; "{}" if the recipe has none. Called once, before
       run(). [main] */
    baton_status (*configure)(struct baton_role *role, baton_str settings);

    /* Does the step and returns. [main] */
    baton_status (*run)(struct baton_role *role, const baton_step *step);

    /* Asks a running run() to return soon. May only set a flag or write to a descriptor. If run() has not returned
       after a grace period the process is killed. May be NULL: is_cancelled() and cancel_fd() tell it too. [any] */
    void (*cancel)(struct baton_role *role);

    /* Frees the role. It is not used afterwards. [main] */
    void (*destroy)(struct baton_role *role);

    /* Returns the table for `id`, such as "baton.role.selftest/1", or NULL. May itself be NULL. [main] */
    const void *(*get_extension)(struct baton_role *role, const char *id);
} baton_role;

/* Makes roles. */
#define BATON_ROLE_FACTORY "baton.role-factory/1"

typedef struct baton_role_factory {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* How many roles there are: 1 or more. [main] */
    uint32_t (*count)(void);
    /* What the role at `index` is; NULL if index >= count(). [main] */
    const baton_role_desc *(*descriptor)(uint32_t index);
    /* Makes the role with that id; NULL if there is none. `host` stays valid until destroy() returned, and nothing of it
       may be called in here. [main] */
    baton_role *(*create)(const baton_host *host, const char *role_id);
} baton_role_factory;

/* ------------------------------------------------------------------------------------------------------- role extensions */

/* Lets the role test itself: used by the plugin checker. */
#define BATON_ROLE_SELFTEST "baton.role.selftest/1"

typedef struct baton_role_selftest {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* BATON_OK, or what set_error() said. Touches nothing outside the current directory. [main] */
    baton_status (*run)(baton_role *role);
} baton_role_selftest;

/* A manager role's plan: turns a goal into steps. */
#define BATON_ROLE_PLAN "baton.role.plan/1"

typedef struct baton_role_plan {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Delivers a "baton.plan/1" by emit() on the channel "result". [main] */
    baton_status (*plan)(baton_role *role, const baton_step *step);
} baton_role_plan;

/* Shows the prompts that would be sent, without sending them. */
#define BATON_ROLE_PREVIEW "baton.role.preview/1"

typedef struct baton_role_preview {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Delivers a "baton.preview/1" by emit() on the channel "result". [main] */
    baton_status (*preview)(baton_role *role, const baton_step *step);
} baton_role_preview;

/* Estimates what a step will take. */
#define BATON_ROLE_ESTIMATE "baton.role.estimate/1"

typedef struct baton_role_estimate {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Delivers a "baton.estimate/1" by emit() on the channel "result". [main] */
    baton_status (*estimate)(baton_role *role, const baton_step *step);
} baton_role_estimate;

/* ------------------------------------------------------------------------------------------------------------- the entry */

/* The first thing that the host reads. Owned by the plugin, immutable, valid until the process ends. */
typedef struct baton_entry {
    uint32_t struct_size;
    uint32_t abi_major;    /* BATON_ABI_MAJOR as compiled */
    uint32_t abi_minor;    /* BATON_ABI_MINOR as compiled */
    uint32_t header_build; /* 0; told apart if this file is ever corrected without a new minor version */
    /* Prepares the library. Has to be idempotent: a second call changes nothing and returns the same. [main] */
    baton_status (*init)(const baton_host_info *info);
    /* Undoes init(). Has to be idempotent. May never be called: the process may end without it. [main] */
    void (*deinit)(void);
    /* Returns the factory for `id`, such as BATON_ROLE_FACTORY, or NULL. [any] */
    const void *(*get_factory)(const char *id);
} baton_entry;

/* The one symbol that a plugin exports. Has no side effects and returns the same pointer every time. [any] */
BATON_EXPORT const baton_entry *baton_plugin_entry_v1(void);

/* -------------------------------------------------------------------------------- layout, pinned for 64-bit platforms */

#if UINTPTR_MAX == 0xffffffffffffffffu
#ifdef __cplusplus
#define BATON_ASSERT_(condition) static_assert(condition, #condition)
#else
#define BATON_ASSERT_(condition) _Static_assert(condition, #condition)
#endif
#define BATON_PIN_(type, field, offset) BATON_ASSERT_(offsetof(type, field) == (offset))

BATON_ASSERT_(sizeof(baton_str) == 16);
BATON_PIN_(baton_str, len, 8);

/* 1.0 */
BATON_ASSERT_(sizeof(baton_blob) == 40);
BATON_PIN_(baton_blob, data, 8);
BATON_PIN_(baton_blob, size, 16);
BATON_PIN_(baton_blob, release, 24);
BATON_PIN_(baton_blob, host_data, 32);

BATON_ASSERT_(sizeof(baton_sink) == 24);
BATON_PIN_(baton_sink, plugin_data, 8);
BATON_PIN_(baton_sink, receive, 16);

BATON_ASSERT_(sizeof(baton_host_info) == 80);
BATON_PIN_(baton_host_info, abi_major, 4);
BATON_PIN_(baton_host_info, abi_minor, 8);
BATON_PIN_(baton_host_info, host_name, 16);
BATON_PIN_(baton_host_info, host_version, 32);
BATON_PIN_(baton_host_info, plugin_path, 48);
BATON_PIN_(baton_host_info, data_dir, 64);

BATON_ASSERT_(sizeof(baton_host) == 80);
BATON_PIN_(baton_host, abi_major, 4);
BATON_PIN_(baton_host, abi_minor, 8);
BATON_PIN_(baton_host, host_data, 16);
BATON_PIN_(baton_host, get_extension, 24);
BATON_PIN_(baton_host, log, 32);
BATON_PIN_(baton_host, progress, 40);
BATON_PIN_(baton_host, is_cancelled, 48);
BATON_PIN_(baton_host, cancel_fd, 56);
BATON_PIN_(baton_host, set_error, 64);
BATON_PIN_(baton_host, emit, 72);

BATON_ASSERT_(sizeof(baton_host_model) == 16);
BATON_PIN_(baton_host_model, call, 8);
BATON_ASSERT_(sizeof(baton_host_exec) == 16);
BATON_PIN_(baton_host_exec, run, 8);
BATON_ASSERT_(sizeof(baton_host_workspace) == 32);
BATON_PIN_(baton_host_workspace, declare_scratch, 8);
BATON_PIN_(baton_host_workspace, declare_artifact, 16);
BATON_PIN_(baton_host_workspace, changed_paths, 24);
BATON_ASSERT_(sizeof(baton_host_ask) == 16);
BATON_PIN_(baton_host_ask, ask, 8);
BATON_ASSERT_(sizeof(baton_host_state) == 24);
BATON_PIN_(baton_host_state, get, 8);
BATON_PIN_(baton_host_state, put, 16);
BATON_ASSERT_(sizeof(baton_host_thread_check) == 16);
BATON_PIN_(baton_host_thread_check, is_main, 8);

BATON_ASSERT_(sizeof(baton_role_desc) == 184);
BATON_PIN_(baton_role_desc, min_abi_minor, 4);
BATON_PIN_(baton_role_desc, id, 8);
BATON_PIN_(baton_role_desc, name, 24);
BATON_PIN_(baton_role_desc, vendor, 40);
BATON_PIN_(baton_role_desc, version, 56);
BATON_PIN_(baton_role_desc, license, 72);
BATON_PIN_(baton_role_desc, url, 88);
BATON_PIN_(baton_role_desc, description, 104);
BATON_PIN_(baton_role_desc, kind, 120);
BATON_PIN_(baton_role_desc, config_schema, 136);
BATON_PIN_(baton_role_desc, output_schema, 152);
BATON_PIN_(baton_role_desc, permissions, 168);
BATON_PIN_(baton_role_desc, features, 176);

BATON_ASSERT_(sizeof(baton_step) == 112);
BATON_PIN_(baton_step, flags, 4);
BATON_PIN_(baton_step, step_id, 8);
BATON_PIN_(baton_step, run_id, 24);
BATON_PIN_(baton_step, task, 40);
BATON_PIN_(baton_step, workspace_root, 56);
BATON_PIN_(baton_step, base_commit, 72);
BATON_PIN_(baton_step, attempt, 88);
BATON_PIN_(baton_step, deadline_unix_ns, 96);
BATON_PIN_(baton_step, seed, 104);

BATON_ASSERT_(sizeof(baton_role) == 64);
BATON_PIN_(baton_role, desc, 8);
BATON_PIN_(baton_role, plugin_data, 16);
BATON_PIN_(baton_role, configure, 24);
BATON_PIN_(baton_role, run, 32);
BATON_PIN_(baton_role, cancel, 40);
BATON_PIN_(baton_role, destroy, 48);
BATON_PIN_(baton_role, get_extension, 56);

BATON_ASSERT_(sizeof(baton_role_factory) == 32);
BATON_PIN_(baton_role_factory, count, 8);
BATON_PIN_(baton_role_factory, descriptor, 16);
BATON_PIN_(baton_role_factory, create, 24);

BATON_ASSERT_(sizeof(baton_role_selftest) == 16);
BATON_PIN_(baton_role_selftest, run, 8);
BATON_ASSERT_(sizeof(baton_role_plan) == 16);
BATON_PIN_(baton_role_plan, plan, 8);
BATON_ASSERT_(sizeof(baton_role_preview) == 16);
BATON_PIN_(baton_role_preview, preview, 8);
BATON_ASSERT_(sizeof(baton_role_estimate) == 16);
BATON_PIN_(baton_role_estimate, estimate, 8);

BATON_ASSERT_(sizeof(baton_entry) == 40);
BATON_PIN_(baton_entry, abi_major, 4);
BATON_PIN_(baton_entry, abi_minor, 8);
BATON_PIN_(baton_entry, header_build, 12);
BATON_PIN_(baton_entry, init, 16);
BATON_PIN_(baton_entry, deinit, 24);
BATON_PIN_(baton_entry, get_factory, 32);

#undef BATON_PIN_
#undef BATON_ASSERT_
#endif

#ifdef __cplusplus
}
#endif

#endif /* BATON_PLUGIN_H */
