/*
 * A filter for system calls. SPDX-License-Identifier: MIT
 *
 * What it refuses answers EPERM; it kills nothing. Sources: seccomp(2), Documentation/userspace-api/seccomp_filter.rst.
 */

#define _GNU_SOURCE

#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86_64 and aarch64"
#endif

/* Newer than the oldest kernel headers that this is built with; the numbers are the same on all architectures. */
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif
#define BATON_SYS_MOUNT_SETATTR 442
#define BATON_SYS_OPENAT2 437
#define BATON_SYS_FCHMODAT2 452
#define BATON_SYS_OPEN_TREE_ATTR 467
#define BATON_FLAG_WAIT_KILLABLE (1ul << 5) /* Linux 5.19 */
#define BATON_SOCKET_VSOCK 40

/* No step needs them: they change mounts, look into or change other processes, or open parts of the kernel. */
static const int refused[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_open_tree, BATON_SYS_OPEN_TREE_ATTR, SYS_move_mount, SYS_fsopen,
    SYS_fsconfig, SYS_fsmount, SYS_fspick, BATON_SYS_MOUNT_SETATTR, SYS_setns, SYS_ptrace, SYS_process_vm_writev,
    SYS_bpf, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_perf_event_open, SYS_userfaultfd, SYS_kexec_load,
    SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_open_by_handle_at,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_acct, SYS_swapon, SYS_swapoff, SYS_reboot,
    SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_syslog, SYS_quotactl, SYS_vhangup,
    SYS_sethostname, SYS_setdomainname, SYS_fanotify_init,
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
};

/* They write by path; open and connect are looked at apart. */
static const int watched[] = {
    SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_truncate,
    SYS_fchmodat, BATON_SYS_FCHMODAT2, SYS_fchownat, SYS_connect, BATON_SYS_OPENAT2,
#if defined(__x86_64__)
    SYS_creat, SYS_unlink, SYS_rmdir, SYS_rename, SYS_mkdir, SYS_link, SYS_symlink, SYS_mknod, SYS_chmod, SYS_chown,
    SYS_lchown,
#endif
};

#define NAMESPACES \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/* Flags of open() that want more than to read. */
#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

struct program {
    struct sock_filter code[256];
    unsigned short count;
};

static void add(struct program *program, struct sock_filter instruction) {
    if (program->count < sizeof program->code / sizeof *program->code) program->code[program->count] = instruction;
    program->count++;
}

static void load(struct program *program, size_t offset) {
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void load_call(struct program *program) {
    load(program, offsetof(struct seccomp_data, nr));
}

/* The low half of an argument: all that is looked at here are ints. */
static void load_argument(struct program *program, int index) {
    load(program, offsetof(struct seccomp_data, args) + (size_t)index * 8);
}

static void answer(struct program *program, unsigned action) {
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Skips `count` instructions unless the loaded value is `value`. */
static void unless_equal(struct program *program, unsigned value, uint8_t count) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
}

/* Skips `count` instructions unless the loaded value has one of `bits`. */
static void unless_any(struct program *program, unsigned bits, uint8_t count) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, count));
}

/* If `call` is made with one of `bits` in argument `index`: answers `action`; else it is allowed. */
static void answer_bits(struct program *program, int call, int index, unsigned bits, unsigned action) {
    unless_equal(program, (unsigned)call, 4);
    load_argument(program, index);
    unless_any(program, bits, 1);
    answer(program, action);
    answer(program, SECCOMP_RET_ALLOW);
}

static void refuse_foreign_calls(struct program *program) {
    const unsigned refuse = SECCOMP_RET_ERRNO | EPERM;
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0));
    answer(program, refuse);
    load_call(program);
#if defined(__x86_64__)
    /* x32: the same calls with other numbers. */
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1));
    answer(program, refuse);
#endif
}

static void make(struct program *program, bool watch, bool has_own_network, bool network) {
    const unsigned refuse = SECCOMP_RET_ERRNO | EPERM;
    const unsigned notify = watch ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
    program->count = 0;
    refuse_foreign_calls(program);
    /* The most frequent ones first. */
    answer_bits(program, SYS_openat, 2, WRITING, notify);
#if defined(__x86_64__)
    answer_bits(program, SYS_open, 1, WRITING, notify);
#endif
    answer_bits(program, SYS_clone, 0, NAMESPACES, refuse);
    answer_bits(program, SYS_unshare, 0, NAMESPACES, refuse);
    /* Its flags lie in memory, where a filter cannot look; without it, clone() is taken. */
    unless_equal(program, SYS_clone3, 1);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);

    /* Typing into the user's terminal: TIOCSTI, TIOCLINUX. */
    unless_equal(program, SYS_ioctl, 6);
    load_argument(program, 1);
    unless_equal(program, TIOCSTI, 1);
    answer(program, refuse);
    unless_equal(program, TIOCLINUX, 1);
    answer(program, refuse);
    answer(program, SECCOMP_RET_ALLOW);

    /* Sockets that no network namespace keeps apart: those of the virtual machine's host, and, where there is no
       namespace, all but those for streams, to which Landlock has a rule. */
    bool refuses_datagrams = !network && !has_own_network;
    unless_equal(program, SYS_socket, refuses_datagrams ? 11 : 4);
    load_argument(program, 0);
    unless_equal(program, BATON_SOCKET_VSOCK, 1);
    answer(program, refuse);
    if (refuses_datagrams) {
        add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0));
        add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0));
        answer(program, SECCOMP_RET_ALLOW);
        load_argument(program, 1);
        add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf));
        unless_equal(program, SOCK_STREAM, 1);
        answer(program, SECCOMP_RET_ALLOW);
        answer(program, refuse);
    } else {
        answer(program, SECCOMP_RET_ALLOW);
    }

    for (unsigned i = 0; i < sizeof refused / sizeof *refused; i++) {
        unless_equal(program, (unsigned)refused[i], 1);
        answer(program, refuse);
    }
    for (unsigned i = 0; watch && i < sizeof watched / sizeof *watched; i++) {
        unless_equal(program, (unsigned)watched[i], 1);
        answer(program, notify);
    }
    answer(program, SECCOMP_RET_ALLOW);
}

static int install(const struct program *program, unsigned long flags) {
    if (program->count > sizeof program->code / sizeof *program->code) {
        errno = E2BIG;
        return -1;
    }
    struct sock_fprog order = {.len = program->count, .filter = (struct sock_filter *)program->code};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &order);
}

bool baton_filter(bool has_own_network, bool network, int *listener) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return false;
    struct program program;
    if (listener) {
        make(&program, true, has_own_network, network);
        *listener = install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER | BATON_FLAG_WAIT_KILLABLE);
        if (*listener < 0) *listener = install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
        if (*listener >= 0) return true;
    }
    make(&program, false, has_own_network, network);
    return install(&program, 0) == 0;
}
