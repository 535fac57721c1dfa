// Finds the Python that installs and runs the embedded model.

import BatonCore
import Glibc
import SystemPackage

/// A Python interpreter that is new enough.
struct Python: Hashable, Sendable {
    let path: FilePath

    /// The first version that the server's library is built for.
    static let minorMin = 10

    /// The first Python 3.10 or later in the folders of `PATH`: `python3`, or else one with a number in its name.
    ///
    /// - Throws: ``BatonError`` with code `unsupported` if there is none.
    static func find(environment: [String: String]) async throws -> Python {
        let names = ["python3"] + (minorMin...minorMin + 9).reversed().map { "python3.\($0)" }
        var tooOld: (path: FilePath, version: String)?
        for name in names {
            guard let path = executable(name, environment: environment) else { continue }
            // One that cannot be started is as good as none.
            guard let answer = try? await ProgramRun.run(path, ["-I", "-S", "-c", question], environment: environment),
                answer.status == 0
            else { continue }
            let lines = answer.output.split(whereSeparator: \.isNewline)
            let numbers = (lines.first ?? "").split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 2 else { continue }
            if numbers[0] == 3, numbers[1] >= minorMin {
                // What was found may only be a script that starts the interpreter.
                let interpreter = FilePath(lines.count > 1 ? String(lines[1]) : "")
                return Python(path: isExecutable(interpreter) ? interpreter : path)
            }
            tooOld = tooOld ?? (path, "\(numbers[0]).\(numbers[1])")
        }
        try Task.checkCancellation()
        if let tooOld {
            throw BatonError(
                .unsupported,
                "the embedded model needs Python 3.\(minorMin) or later, '\(tooOld.path)' is \(tooOld.version)",
                hints: ["Install a newer Python, and put its folder first in PATH."]
            )
        }
        throw BatonError(
            .unsupported, "the embedded model needs Python 3.\(minorMin) or later, and 'python3' is not in PATH",
            hints: [Self.installHint]
        )
    }

    /// Its version and where it really is.
    private static let question = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"

    static let installHint =
        "Install python3 and python3-pip with the package manager, such as 'sudo apt install python3 python3-pip'."

    /// The program `name` in the folders of `PATH`; relative folders are skipped.
    static func executable(_ name: String, environment: [String: String]) -> FilePath? {
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.lazy.map { FilePath(String($0)).appending(name) }
            .first(where: isExecutable)
    }

    static func isExecutable(_ path: FilePath) -> Bool {
        path.isAbsolute && path.withPlatformString { access($0, X_OK) } == 0
    }
}
