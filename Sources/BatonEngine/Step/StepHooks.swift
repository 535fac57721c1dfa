// Runs the user's hooks for a step's commit, in the step's view.

import BatonCore
import BatonGit
import BatonWorkerLink
import BatonWorkers
import SystemPackage

/// The user's hooks for the commit of one step.
///
/// They run in the step's view: what a hook starts, such as a linter that the project brings, can have been changed by
/// the step itself. There they see the files as they will be committed, in an index of their own.
struct StepHooks {
    let hooks: CommitHooks
    /// The commit that the step started from; nil before the first.
    let base: String?
    let execute: @Sendable (CommandOrder) async throws -> CommandOutput

    /// How long one hook may take.
    static let timeLimit = Duration.seconds(300)

    /// Runs `pre-commit` on these paths; nil if it is not installed.
    ///
    /// It may change files, as formatters do; those changes are the step's.
    func checkCommit(of paths: [FilePath]) async throws -> CheckResult? {
        guard let hook = hooks.programs[.preCommit], !paths.isEmpty else { return nil }
        let output = try await run(
            Self.commitScript, [hook.string, hooks.objects.string, base ?? ""] + paths.map(\.string))
        let detail = output.succeeded ? nil : "\(output.result.phrase)\n\(output.lastLines(12))"
        return CheckResult(what: Self.commitHook, passed: output.succeeded, detail: detail)
    }

    /// Runs `commit-msg`, which may change the message or refuse it.
    func checked(_ message: CommitMessage) async throws -> CommitMessage {
        guard let hook = hooks.programs[.commitMessage] else { return message }
        let output = try await run(Self.messageScript, [hook.string, message.rendered])
        guard output.succeeded else {
            throw BatonError(
                .checkFailed, "the hook 'commit-msg' refuses the step's message (\(output.result.phrase))",
                causes: output.lastLines(12).isEmpty ? [] : [output.lastLines(12)], hints: [Self.hint])
        }
        guard let edited = CommitMessage(edited: output.standardOutput.text) else {
            throw BatonError(
                .checkFailed, "the hook 'commit-msg' leaves nothing of the step's message", hints: [Self.hint])
        }
        return edited
    }

    /// What ``checkCommit(of:)`` says that it has checked.
    static let commitHook = "hook 'pre-commit'"

    static let hint = "To land without hooks: git config baton.hooks false"

    private func run(_ script: String, _ arguments: [String]) async throws -> CommandOutput {
        let milliseconds = UInt32(Self.timeLimit / .milliseconds(1))
        return try await execute(
            CommandOrder(arguments: ["sh", "-c", script, "sh"] + arguments, timeLimitMilliseconds: milliseconds))
    }

    /// What `git commit` does before it runs the hook, with an index and objects in the private folder for temporary
    /// files, since git's own are read-only in the view.
    private static let commitScript = """
        set -e
        hook=$1 objects=$2 base=$3
        shift 3
        folder=${TMPDIR:-/tmp}/baton-hook
        mkdir -p "$folder/objects"
        export GIT_INDEX_FILE="$folder/index" GIT_OBJECT_DIRECTORY="$folder/objects"
        export GIT_ALTERNATE_OBJECT_DIRECTORIES="$objects" GIT_EDITOR=:
        if [ -n "$base" ]; then git read-tree "$base"; else git read-tree --empty; fi
        for path; do printf '%s\\0' "$path"; done | git update-index -z --add --remove --stdin
        "$hook"
        """

    private static let messageScript = """
        set -e
        file=${TMPDIR:-/tmp}/baton-message
        printf '%s' "$2" > "$file"
        GIT_EDITOR=: "$1" "$file" >&2
        cat "$file"
        """
}
