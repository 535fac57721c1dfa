// Three-way merges of what stands at one path.

import SystemPackage

/// What a merge comes to; `conflict` where both sides changed the same thing in different ways.
enum Merged<Value> {
    case value(Value?)
    case conflict
}

extension FileState {
    /// `ours` with what `theirs` changed since `ancestor`; nil stands for no file.
    static func merged(ancestor: FileState?, ours: FileState?, theirs: FileState?) throws(GitError) -> Merged<FileState>
    {
        if ours.isSame(as: ancestor) { return .value(theirs) }
        if theirs.isSame(as: ancestor) || theirs.isSame(as: ours) { return .value(ours) }
        guard let ancestor, let ours, let theirs, [ancestor, ours, theirs].allSatisfy({ $0.kind == .file }) else {
            return .conflict
        }
        let bytes = try TextMerge.merged(ancestor: ancestor.bytes, ours: ours.bytes, theirs: theirs.bytes)
        guard let bytes else { return .conflict }
        // At most one side changed it, or both in the same way, since there are only two values.
        let isExecutable = ours.isExecutable == ancestor.isExecutable ? theirs.isExecutable : ours.isExecutable
        var merged = ours.isExecutable == isExecutable ? ours : ours.executable(isExecutable)
        merged.bytes = bytes
        return .value(merged)
    }
}

/// Merges what trees and the index say, and keeps the contents that come of it until they are to be stored.
struct EntryMerger {
    let git: any GitAccess
    /// Contents that git does not have yet.
    private(set) var contents: [ObjectID: [UInt8]] = [:]

    init(_ git: any GitAccess) {
        self.git = git
    }

    /// `ours` with what `theirs` changed since `ancestor`.
    mutating func merged(
        ancestor: TreeEntry?, ours: TreeEntry?, theirs: TreeEntry?
    ) throws(GitError) -> Merged<TreeEntry> {
        if ours == ancestor { return .value(theirs) }
        if theirs == ancestor || theirs == ours { return .value(ours) }
        guard let ancestor, let ours, let theirs, [ancestor, ours, theirs].allSatisfy(\.mode.isRegular) else {
            return .conflict
        }
        let mode = ours.mode == ancestor.mode ? theirs.mode : ours.mode
        if ours.id == ancestor.id { return .value(TreeEntry(mode, theirs.id)) }
        if theirs.id == ancestor.id { return .value(TreeEntry(mode, ours.id)) }
        let bytes = try TextMerge.merged(
            ancestor: content(of: ancestor.id), ours: content(of: ours.id), theirs: content(of: theirs.id))
        guard let bytes else { return .conflict }
        return .value(TreeEntry(mode, try note(bytes)))
    }

    /// The name of a blob with these bytes, which is to be stored if the change is made.
    mutating func note(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        let id = try git.blobID(of: bytes)
        contents[id] = bytes
        return id
    }

    /// A content whose name is known.
    mutating func note(_ id: ObjectID, _ bytes: [UInt8]) { contents[id] = bytes }

    func content(of id: ObjectID) throws(GitError) -> [UInt8] {
        if let bytes = contents[id] { return bytes }
        return try git.content(of: id)
    }
}
