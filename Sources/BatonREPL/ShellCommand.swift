// `!command`: a shell command on the terminal.

import Glibc

/// How a shell command on the terminal ended.
struct ShellCommand {
    let waitStatus: Int32

    /// What to say of it; nil if it ended well.
    var phrase: String? {
        let signal = waitStatus & 0x7f
        if signal != 0 { return "signal \(signal)" }
        let status = (waitStatus >> 8) & 0xff
        return status == 0 ? nil : "exit status \(status)"
    }

    /// Runs `line` and waits for it.
    ///
    /// Ctrl-C reaches the command only: meanwhile Baton ignores it.
    static func run(_ line: String, shell: String) -> ShellCommand {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigfillset(&defaults)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        let previous = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, previous) }
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(shell), strdup("-c"), strdup(line), nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let error = posix_spawnp(&pid, shell, nil, &attributes, &arguments, environ)
        guard error == 0 else { return ShellCommand(waitStatus: 127 << 8) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return ShellCommand(waitStatus: status)
    }
}
