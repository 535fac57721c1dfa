// What a commit says about itself.

import BatonCore

extension CommitData {
    /// The first line, as `git revert` quotes it.
    var subject: String {
        let line = message.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).first ?? ""
        return String(line)
    }

    /// The commits that this one says it takes back.
    var revertedCommits: [ObjectID] {
        var found: [ObjectID] = []
        var rest = Substring(message)
        while let range = rest.firstRange(of: CommitMessage.revertMark + " ") {
            rest = rest[range.upperBound...]
            let name = rest.prefix { $0.isHexDigit }
            // A merge that was taken back is named with a comma: its own changes are not those of a step.
            if rest.dropFirst(name.count).first == ".", let id = ObjectID(hex: name) { found.append(id) }
        }
        return found
    }

    var trailers: Trailers { Trailers(message: message) }

    /// Baton made it: a step, or something that took one back.
    var isBatons: Bool {
        let trailers = trailers
        let keys = [Trailer.Key.run, Trailer.Key.reverts, Trailer.Key.restores, Trailer.Key.operation]
        return keys.contains { trailers[$0] != nil }
    }

    /// A step of the run made it, or Baton made it to take one back.
    func belongs(to run: RunID) -> Bool {
        let trailers = trailers
        if trailers[Trailer.Key.run] == run.description { return true }
        let keys = [Trailer.Key.reverts, Trailer.Key.restores]
        return keys.contains { trailers[$0]?.hasPrefix(run.description + " ") == true }
    }
}

extension StepOfRun {
    /// The step that made a commit, as its trailers tell.
    init?(_ commit: CommitData) {
        let trailers = commit.trailers
        guard let run = trailers[Trailer.Key.run].flatMap({ RunID($0) }),
            let step = trailers[Trailer.Key.step].flatMap({ StepName($0) })
        else { return nil }
        self.init(run, step)
    }
}
