// A step's private view of the working directory.

package import BatonCore
package import SystemPackage

/// A step's private view of the working directory.
///
/// What a step changes in it stays in it; ``delta()`` says what that is.
package struct View: Sendable {
    /// How well a view separates a step from the user's files and from other steps.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Copy-on-write over the original path, in namespaces of its own: nothing else is writable.
        case overlay
        /// A copy in another folder. The step's own changes stay apart, but nothing keeps it from writing elsewhere.
        case copy

        package var isIsolated: Bool { self == .overlay }
    }

    package let kind: Kind
    /// The user's directory.
    package let root: FilePath
    /// The folder that holds everything of this view.
    package let folder: FilePath
    /// A moment before anything could be read through the view.
    ///
    /// A file of ``root`` whose change time is not before it may not be the one that the step has seen.
    package let started: FileTime

    /// Where the step works: the user's own path if the view is mounted over it, else the copy.
    package var workingDirectory: FilePath {
        switch kind {
        case .overlay: root
        case .copy: folder.appending("copy")
        }
    }

    /// The layer that receives the changes of an overlay.
    package var upper: FilePath { folder.appending("upper") }
    /// The folder that overlay needs for itself.
    package var work: FilePath { folder.appending("work") }
    /// What becomes /tmp in an overlay.
    package var temporary: FilePath { folder.appending("tmp") }

    /// What differs from the user's directory as it is now.
    ///
    /// - Throws: `denied` if the view holds a pipe, socket or device, or more than ``DeltaLimit`` allows.
    package func delta() throws(BatonError) -> Delta {
        var reader = DeltaReader(root: root)
        switch kind {
        case .overlay: try reader.readOverlay(upper)
        case .copy: try reader.readCopy(workingDirectory)
        }
        return Delta(reader.changes)
    }

    /// Removes the view and all that is in it.
    package func remove() throws(BatonError) {
        try removeTree(folder)
    }
}
