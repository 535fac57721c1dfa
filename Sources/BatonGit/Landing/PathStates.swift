// One path in the three places that a landing changes.

import SystemPackage

/// What HEAD, the index and the working directory have at one path; nil for nothing.
struct PathStates: Hashable {
    var head: TreeEntry?
    var index: TreeEntry?
    var file: FileState?
}

/// What an operation does to one path.
struct PathOutcome: Hashable {
    var path: FilePath
    var before: PathStates
    var after: PathStates
}

/// A change that is to be made at one path, whatever stands there by now.
struct PathChange {
    /// Relative to the root.
    var path: FilePath
    /// What git would keep of the path, before the change and after it.
    var stored: Ends<TreeEntry>
    /// What the working directory has there, before the change and after it.
    var file: Ends<FileState>
    /// ``file`` is what git would write for ``stored``, so that a file which git would keep like that counts as the same,
    /// whatever its line ends are.
    var isCheckedOut = false
    /// What the index had, before the change and after it; nil if it follows HEAD.
    var index: Ends<TreeEntry>?
    /// The path was the user's and not tracked: what is changed of it cannot be committed without it.
    var isUncommitted = false
    /// The permissions in ``file`` are exact, as an operation recorded them.
    var restoresPermissions = false

    struct Ends<Value: Hashable & Sendable>: Hashable, Sendable {
        var from: Value?
        var to: Value?
    }
}
