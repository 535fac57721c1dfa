// Works out what takes a commit back.

import BatonCore
import CGit2
import SystemPackage

extension LandingSession {
    /// Plans the inverse of `commit` on top of HEAD, path by path.
    ///
    /// A path that nobody touched since goes back to what it was before the commit. One that is as it was before
    /// already is left alone. Any other is merged: the commit's version is the ancestor, HEAD's and the one before the
    /// commit are the sides. That is what `git revert` does, except that renames made since are not followed.
    ///
    /// - Throws: A conflict that names the paths that cannot be merged; `invalidInput` for a merge commit, and if
    ///   everything is taken back already.
    func planRevert(of commit: ObjectID) throws -> (LandingPlan, subject: String) {
        let handle = try repository.commit(commit)
        guard git_commit_parentcount(handle.pointer) <= 1 else {
            throw BatonError(
                .invalidInput,
                "commit \(commit.hex.prefix(7)) is a merge; only a commit with one parent can be taken back",
                hints: ["Take back the merged commits one by one."]
            )
        }
        let differences = try repository.differences(
            from: repository.snapshot(of: repository.firstParent(of: handle)),
            to: repository.snapshot(of: commit)
        )
        var plan = LandingPlan(changes: [], purpose: .revert)
        var obstacles = Obstacles()
        for difference in differences {
            switch try inverse(of: difference) {
            case .nothing: break
            case .conflict: obstacles.add(.cannotMerge, at: difference.path)
            case .change(let entry):
                plan.changes.append(PlannedChange(path: difference.path, wanted: try wanted(entry, difference.path)))
            }
        }
        try addCollisions(of: plan, to: &obstacles)
        try obstacles.throwIfAny(for: .revert)
        guard !plan.changes.isEmpty else {
            throw BatonError(
                .invalidInput,
                "commit \(commit.hex.prefix(7)) is already taken back; HEAD has nothing of it left"
            )
        }
        return (plan, CommitText(handle).subject)
    }

    // MARK: One path

    private enum Inverse {
        case nothing
        case conflict
        /// The entry that HEAD shall have; nil for none.
        case change(TreeEntry?)
    }

    private func inverse(of difference: PathDifference) throws -> Inverse {
        let now = try snapshot.entry(at: difference.path)
        if now == difference.old { return .nothing }
        if now == difference.new { return .change(difference.old) }
        guard let now, let ancestor = difference.new, let before = difference.old,
            [now, ancestor, before].allSatisfy(\.mode.isRegular)
        else { return .conflict }
        guard let id = try merged(now.id, ancestor.id, before.id, difference.path) else { return .conflict }
        // At most one side changed the mode, or both in the same way, since there are only two modes.
        let mode = now.mode == ancestor.mode ? before.mode : now.mode
        let entry = TreeEntry(mode: mode, id: id)
        return entry == now ? .nothing : .change(entry)
    }

    /// The name of the merged content; nil if it cannot be merged.
    private func merged(
        _ now: ObjectID,
        _ ancestor: ObjectID,
        _ before: ObjectID,
        _ path: FilePath
    ) throws -> ObjectID? {
        if now == ancestor || now == before { return before }
        if ancestor == before { return now }
        var result = git_merge_file_result()
        defer { git_merge_file_result_free(&result) }
        try check("git_merge_file_from_index") {
            path.withPlatformString { path in
                var sides = [ancestor, now, before].map { id in
                    var entry = git_index_entry()
                    entry.path = path
                    entry.mode = TreeEntry.Mode.file.rawValue
                    entry.id = id.raw
                    return entry
                }
                return sides.withUnsafeMutableBufferPointer { sides in
                    guard let base = sides.baseAddress else { return GIT_ERROR.rawValue }
                    return git_merge_file_from_index(&result, repository.pointer, base, base + 1, base + 2, nil)
                }
            }
        }
        // Binary files count as not mergeable. Source: libgit2 1.5.1 `merge_file.c`, `merge_file__from_inputs`.
        guard result.automergeable != 0 else { return nil }
        return try repository.writeBlob([UInt8](UnsafeRawBufferPointer(start: result.ptr, count: result.len)))
    }

    private func wanted(_ entry: TreeEntry?, _ path: FilePath) throws -> PlannedChange.Wanted {
        guard let entry else { return .removed }
        switch entry.mode {
        case .file, .executable: return .file(.blob(entry.id), executable: entry.mode == .executable)
        case .symlink: return .symlink(target: try repository.content(of: entry.id))
        case .submodule:
            throw BatonError(
                .unsupported,
                "'\(path.shown)' is a submodule, and \(LandingPlan.Purpose.revert.rawValue) changes it",
                hints: ["Nothing was changed. Take it back with git itself: git revert"]
            )
        }
    }

    /// A file cannot come back where later commits made a directory, or below what they made a file.
    private func addCollisions(of plan: LandingPlan, to obstacles: inout Obstacles) throws {
        let removed = Set(plan.changes.filter(\.isRemoval).map(\.path))
        for change in plan.changes where !change.isRemoval {
            let below = try snapshot.paths(below: change.path, in: repository)
            let above = try change.path.parents.filter { parent throws in try snapshot.entry(at: parent) != nil }
            for path in below + above where !removed.contains(path) {
                obstacles.add(.cannotMerge, at: path)
            }
        }
    }
}
