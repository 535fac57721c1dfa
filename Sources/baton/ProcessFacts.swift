// What the process is told by the system.

import BatonTerminal
import Glibc
import SystemPackage

/// What the process is told by the system, read once.
enum ProcessFacts {
    static var environment: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return result
    }

    /// The running program, links resolved.
    static var executable: FilePath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else {
            return FilePath(CommandLine.arguments[0])
        }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { FilePath(platformString: $0) } ?? FilePath() }
    }

    static var workingDirectory: FilePath {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return FilePath(platformString: path)
    }

    static func capabilities(environment: [String: String]) -> TerminalCapabilities {
        var size = winsize()
        let hasSize = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return TerminalCapabilities(
            TerminalCapabilities.Facts(
                inputIsTerminal: isatty(STDIN_FILENO) == 1,
                outputIsTerminal: isatty(STDOUT_FILENO) == 1,
                errorsAreTerminal: isatty(STDERR_FILENO) == 1,
                environment: environment,
                width: hasSize ? Int(size.ws_col) : nil
            )
        )
    }
}
