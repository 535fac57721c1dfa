// What the git program's words mean.

extension GitError {
    /// What a run of git that failed says.
    init(_ arguments: [String], _ output: GitProgram.Output) {
        var complaints: [String] = []
        for line in output.errors.split(whereSeparator: \.isNewline) {
            for prefix in ["fatal: ", "error: "] where line.hasPrefix(prefix) {
                complaints.append(String(line.dropFirst(prefix.count)))
            }
        }
        let message = complaints.isEmpty ? output.errors.trimmedLine : complaints.joined(separator: "; ")
        self.init(
            Self.kind(of: output.errors), message.isEmpty ? "exit status \(output.status)" : message,
            in: Self.name(of: arguments))
    }

    /// `git` and the command among its arguments.
    static func name(of arguments: [String]) -> String {
        var isValue = false
        for word in arguments {
            if !isValue, !word.hasPrefix("-") { return "git \(word)" }
            isValue = word == "-c" || word == "-C"
        }
        return "git"
    }

    /// The kind of failure that git's messages, in English, tell.
    ///
    /// Source: git 2.39 `lockfile.c`, `refs/files-backend.c`, `setup.c`, `convert.c`, `promisor-remote.c`, `object-name.c`,
    /// `read-cache.c`; the wording of later releases, up to 2.51, where it differs.
    private static func kind(of text: String) -> Kind {
        for (kind, phrases) in phrases where phrases.contains(where: { text.contains($0) }) {
            return kind
        }
        return .other
    }

    /// In the order in which they are looked for, since one failure can lead to the next message.
    private static let phrases: [(Kind, [String])] = [
        (.foreignOwner, ["dubious ownership", "unsafe repository ("]),
        (.locked, [".lock': File exists"]),
        (.modified, [" but expected ", "reference already exists", "unable to resolve reference"]),
        (.ambiguous, ["short object ID ", "short SHA1 "]),
        (.filter, ["clean filter '", "smudge filter ", "external filter '"]),
        (
            .unsupported,
            [
                "unknown repository extension", "repository version", "Expected git repo version",
                "extension, which we do not understand", "bad index version",
            ]
        ),
        (
            .notFound,
            [
                "could not fetch ", "Not a valid ", "bad object ", "nonexistent object", " is unavailable",
                "not a git repository", "unable to read tree", "not a tree object", "not our ref",
            ]
        ),
    ]
}

extension String {
    /// The first line that is not empty.
    fileprivate var trimmedLine: String {
        split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
}
