// What Baton needs of git: the one protocol behind which libgit2 and the git program stand.

import SystemPackage

/// Git's objects, references, settings and index, as far as landing and taking back need them.
///
/// There are two implementations, and the same tests hold for both: ``LibGit2Access`` calls libgit2 and costs time in
/// proportion to what changes; ``ProgramAccess`` runs `git` and works in repositories that libgit2 cannot open or would
/// harm. An object of either lives inside one call of ``GitStore``, on one thread.
///
/// Nothing here touches the working files or moves a branch without being told to. What decides is built on top.
///
/// Design: docs/design/0002-landing.md.
protocol GitAccess: AnyObject {
    // MARK: Settings

    /// The text that `name`, such as `user.name`, is set to; nil if it is not set, or to nothing.
    func setting(_ name: String) throws(GitError) -> String?

    /// Whether `name` is set to a true value; `fallback` if it is not set.
    func flag(_ name: String, fallback: Bool) throws(GitError) -> Bool

    // MARK: References

    /// Where HEAD is now.
    func head() throws(GitError) -> HeadState

    /// The commit that the reference `name`, in full, points at; nil if there is none.
    func reference(_ name: String) throws(GitError) -> ObjectID?

    /// The names of all references that begin with `prefix`, such as `refs/baton/`, and what they point at; sorted.
    func references(withPrefix prefix: String) throws(GitError) -> [(name: String, target: ObjectID)]

    /// Moves, creates (`old` is nil) or removes (`new` is nil) a reference, if it still is at `old`.
    ///
    /// `log` is the line for the reflog, which is written for HEAD too if HEAD stands on `name`. `HEAD` as `name` is a
    /// detached one.
    ///
    /// - Throws: ``GitError/Kind/modified`` if it is not at `old`; ``GitError/Kind/locked`` if somebody else has it
    ///   locked. Nothing has changed then.
    func setReference(_ name: String, from old: ObjectID?, to new: ObjectID?, log: String) throws(GitError)

    // MARK: Commits

    /// The commit called `id`.
    ///
    /// - Throws: ``GitError/Kind/notFound`` if there is none, as beyond the end of a shallow clone.
    func commit(_ id: ObjectID) throws(GitError) -> CommitData

    /// The commit whose name begins with `prefix`, which is at least 4 hexadecimal digits; nil if there is none.
    ///
    /// - Throws: ``GitError/Kind/ambiguous`` if several objects' names begin so.
    func commit(startingWith prefix: String) throws(GitError) -> ObjectID?

    /// Whether `ancestor` is `commit` or can be reached from it.
    func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) throws(GitError) -> Bool

    /// Hands out `head` and its ancestors, the newest first, until `visit` returns false or `limit` were handed out.
    ///
    /// Ends quietly where a shallow clone ends.
    ///
    /// - Returns: True if every ancestor was handed out.
    func walk(from head: ObjectID, limit: Int, _ visit: (CommitData) -> Bool) throws(GitError) -> Bool

    /// Writes a commit; no reference moves, nothing is signed, no hook runs.
    func writeCommit(_ commit: NewCommit) throws(GitError) -> ObjectID

    // MARK: Trees

    /// What the tree has at `paths`; those with nothing, or with a directory, are left out. No tree has nothing.
    func entries(at paths: [FilePath], in tree: ObjectID?) throws(GitError) -> [FilePath: TreeEntry]

    /// The paths of all entries below the directory at `path`; empty if it is no directory.
    func paths(below path: FilePath, in tree: ObjectID?) throws(GitError) -> [FilePath]

    /// The paths in which `new` differs from `old`, sorted; a rename is a removal and an addition.
    func differences(from old: ObjectID?, to new: ObjectID?) throws(GitError) -> [PathDifference]

    /// Writes the tree that has `changes` applied to `base`; a path to be removed must be in it.
    ///
    /// Costs time in proportion to the changed directories. Directories that become empty go.
    func writeTree(_ base: ObjectID?, applying changes: [TreeChange]) throws(GitError) -> ObjectID

    // MARK: Blobs

    /// The bytes of a blob, as they are stored.
    func content(of blob: ObjectID) throws(GitError) -> [UInt8]

    /// Stores bytes as they are.
    func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID

    /// The name that a blob with these bytes has; stores nothing.
    func blobID(of bytes: [UInt8]) throws(GitError) -> ObjectID

    // MARK: Conversion

    /// What git would store of a working file with these bytes: line ends, encoding and filters as the attributes say.
    ///
    /// If `strict`, a conversion that cannot be undone fails where `core.safecrlf` forbids it.
    ///
    /// - Throws: ``GitError/Kind/filter`` if an external filter fails.
    func stored(_ bytes: [UInt8], at path: FilePath, strict: Bool) throws(GitError) -> [UInt8]

    /// The bytes of the working file that git would write for a blob with these bytes.
    func checkedOut(_ bytes: [UInt8], at path: FilePath) throws(GitError) -> [UInt8]

    /// Those of `paths` that git ignores, whether it tracks them or not.
    ///
    /// The `rules` are lines of a `.gitignore` in the root that count too, before all others.
    func ignored(_ paths: [FilePath], withRules rules: [UInt8]?) throws(GitError) -> Set<FilePath>

    /// The text that the attributes give to `name` for `path`; nil if it is unset, or only set or cleared.
    func attribute(_ name: String, of path: FilePath) throws(GitError) -> String?

    // MARK: The index

    /// Opens the index in the file at `path`, which lies in the git directory and need not exist.
    ///
    /// Usually a copy of git's own, to be changed and then moved into its place by whoever holds git's lock. The copy
    /// must have the time of the original: it tells which entries are in doubt, see ``GitIndex/write(applying:)``.
    ///
    /// - Throws: ``GitError/Kind/unsupported`` for a format that this implementation does not know.
    func openIndex(at path: FilePath) throws(GitError) -> any GitIndex
}

/// An index file that was opened; see ``GitAccess/openIndex(at:)``.
protocol GitIndex: AnyObject {
    /// What is staged at `paths`, and below those of them that are directories.
    func contents(at paths: [FilePath]) throws(GitError) -> IndexContents

    /// Applies `changes` and writes the file; extensions that only speed git up may be lost.
    ///
    /// Entries that git could not tell from changed ones any more, once the file has a new time, are marked, so that an
    /// edit of the user's is never overlooked. Source: git 2.39 `Documentation/technical/racy-git.txt`.
    func write(applying changes: [IndexChange]) throws(GitError)
}

extension GitAccess {
    /// The tree of `commit`; nil stands for the time before the first commit.
    func tree(of commit: ObjectID?) throws(GitError) -> ObjectID? {
        guard let commit else { return nil }
        return try self.commit(commit).tree
    }
}

// MARK: - Values

/// A commit as it is stored.
struct CommitData: Hashable {
    var id: ObjectID
    var tree: ObjectID
    var parents: [ObjectID]
    /// The whole message; bytes that are not UTF-8 are replaced.
    var message: String
    /// Seconds since 1970.
    var authorSeconds: Int
    /// Minutes east of UTC.
    var authorOffset: Int
    /// Seconds since 1970.
    var committerSeconds: Int
}

/// A commit to be written; the author is the configured user, now.
struct NewCommit {
    var tree: ObjectID
    var parents: [ObjectID]
    /// With its final line end.
    var message: String
}

/// One path of a tree that changes; nil as `entry` removes it.
struct TreeChange: Hashable {
    var path: FilePath
    var entry: TreeEntry?
}

/// One path in which two trees differ; nil stands for nothing.
struct PathDifference: Hashable {
    var path: FilePath
    var old: TreeEntry?
    var new: TreeEntry?
}

/// Some paths of the index.
struct IndexContents {
    /// What is staged, in stage 0.
    var entries: [FilePath: IndexEntry] = [:]
    /// Paths that are part of a merge that was not resolved.
    var conflicted: Set<FilePath> = []
}

/// What is staged at one path.
struct IndexEntry: Hashable {
    var entry: TreeEntry
    /// Outside of the sparse checkout: there is no working file.
    var isSkipped = false
    /// `git add -N`: a promise that something will be added, with no content yet.
    var isIntentToAdd = false
}

/// One path of the index that changes; nil as `entry` removes it.
struct IndexChange {
    var path: FilePath
    var entry: TreeEntry?
    /// The working file's state if its content is the staged one, so that git need not read it again.
    var stamp: FileStamp?
}
