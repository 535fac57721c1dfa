// What came of a step.

package import BatonCore

/// What came of a step.
package struct StepOutcome: Hashable, Sendable {
    package var name: StepName
    package var result: Result
    package var usage: ModelUsage
    /// What later steps may know of this one.
    package var report: StepReport
    package var checks: [CheckResult]
    package var duration: Duration

    package enum Result: Hashable, Sendable {
        /// Its changes are a commit.
        case landed(commit: String, files: [LandedFile])
        /// It ended well and changed nothing.
        case unchanged
        /// Nothing of it has reached the user's files.
        case failed(BatonError)
    }

    package init(
        name: StepName, result: Result, usage: ModelUsage, report: StepReport, checks: [CheckResult],
        duration: Duration
    ) {
        self.name = name
        self.result = result
        self.usage = usage
        self.report = report
        self.checks = checks
        self.duration = duration
    }

    package var error: BatonError? {
        if case .failed(let error) = result { error } else { nil }
    }

    package var commit: String? {
        if case .landed(let commit, _) = result { commit } else { nil }
    }
}

/// A file of a landed step.
package struct LandedFile: Hashable, Sendable, Codable {
    package var path: String
    package var addedLines: Int
    package var removedLines: Int

    package init(path: String, addedLines: Int, removedLines: Int) {
        self.path = path
        self.addedLines = addedLines
        self.removedLines = removedLines
    }
}

/// What a step says of itself: one line for people, typed outputs for later steps.
package struct StepReport: Hashable, Sendable, Codable {
    package var summary: String?
    package var outputs: JSONValue?

    package init(summary: String? = nil, outputs: JSONValue? = nil) {
        self.summary = summary
        self.outputs = outputs
    }
}

/// A success check and whether it passed.
package struct CheckResult: Hashable, Sendable, Codable {
    /// What was checked, as a person would say it: "file 'posts/a.md' exists".
    package var what: String
    package var passed: Bool
    /// Why it did not pass; the last lines of a command's output.
    package var detail: String?

    package init(what: String, passed: Bool, detail: String? = nil) {
        self.what = what
        self.passed = passed
        self.detail = detail
    }
}
