// A step's private view of the working directory.

package import BatonCore
package import SystemPackage

/// A step's private view of the working directory.
///
/// What a step changes in it stays in it; ``delta()`` says what that is. Design: docs/design/0003-views.md.
package struct View: Sendable {
    /// How well a view separates a step from the user's files and from other steps, best first.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Copy-on-write over the original path, in namespaces of its own: nothing else is writable.
        case overlay
        /// The same, served by the program fuse-overlayfs.
        case fuseOverlay = "fuse-overlay"
        /// A copy in another folder. The step's own changes stay apart, but nothing hides the rest of the machine.
        case copy
        /// The same, kept for the steps that follow and brought up to date for each.
        case warmCopy = "warm-copy"
        /// The user's own directory, which is put back after each step, whatever came of it.
        case inPlace = "in-place"

        package var isIsolated: Bool { self == .overlay || self == .fuseOverlay }
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
    /// What was copied, for the kinds that copy.
    let manifest: Manifest
    /// What the view is given back to, for the kinds that are not simply removed.
    let lease: ViewLease?

    /// Where the step works: the user's own path if the view is mounted over it, else the copy.
    package var workingDirectory: FilePath {
        switch kind {
        case .overlay, .fuseOverlay, .inPlace: root
        case .copy, .warmCopy: copy
        }
    }

    /// The layer that receives the changes of an overlay.
    package var upper: FilePath { folder.appending("upper") }
    /// The folder that overlay needs for itself.
    package var work: FilePath { folder.appending("work") }
    /// What becomes /tmp in an overlay, and the folder for temporary files in the other kinds.
    package var temporary: FilePath { folder.appending("tmp") }
    /// The copy, or, for a step that works in the directory itself, what that was before.
    var copy: FilePath { folder.appending("copy") }

    /// Where the files are as they were when the step started, if it works in the user's directory itself.
    package var originals: FilePath? { kind == .inPlace ? copy : nil }

    /// What the step's environment has to say of the view.
    package var variables: [String: String] { ["TMPDIR": kind.isIsolated ? "/tmp" : temporary.string] }

    /// What differs from the user's directory.
    ///
    /// For an overlay, from the directory as it is now; for the kinds that copy, from what it was when the step started.
    ///
    /// - Throws: `denied` if the view holds a pipe, socket or device, or more than ``DeltaLimit`` and `pathsMax` allow.
    package func delta(pathsMax: Int = DeltaLimit.paths) throws(BatonError) -> Delta {
        switch kind {
        case .overlay, .fuseOverlay:
            var reader = DeltaReader(root: root, work: upper, pathsMax: pathsMax)
            try reader.readOverlay(servedByProgram: kind == .fuseOverlay)
            return Delta(reader.changes)
        case .copy, .warmCopy:
            var reader = DeltaReader(root: root, work: copy, pathsMax: pathsMax)
            try reader.readCopy(of: root, manifest: manifest, stamps: \.copy, others: \.source)
            return Delta(reader.changes)
        case .inPlace:
            var reader = DeltaReader(root: root, work: root, pathsMax: pathsMax)
            try reader.readCopy(of: copy, manifest: manifest, stamps: \.source, others: \.copy)
            return Delta(reader.changes)
        }
    }

    /// Takes `delta` out of the user's directory, where the step has worked there; to be called once nothing runs in the
    /// view any more, and before anything lands.
    ///
    /// Returns the same changes, whose contents may be elsewhere.
    package func takenOut(_ delta: Delta) throws(BatonError) -> Delta {
        guard kind == .inPlace else { return delta }
        let result = try PreImages(of: self).save(delta)
        try putBack()
        return result
    }

    /// Removes the view and all that is in it, or gives it back for the next step.
    ///
    /// Where the step has worked in the user's directory, that is first put back.
    package func remove() throws(BatonError) {
        try putBack()
        switch kind {
        case .warmCopy:
            try removeTree(temporary)
            lease?.end()
        default: try removeTree(folder)
        }
    }

    /// Removes the view of a step that failed with `error`, and says what is to be told: `error`, unless the user's
    /// directory could not be put back, which is worse.
    package func removed(after error: any Error) -> any Error {
        do throws(BatonError) {
            try remove()
            return error
        } catch let failure {
            // What else cannot be removed is removed with the process's other views.
            guard kind == .inPlace, lease?.hasEnded == false else { return error }
            return BatonError(
                .conflict, "'\(root)' could not be put back after a step that failed",
                causes: [failure.message] + failure.causes,
                hints: ["The files from before are in '\(copy)', and stay there until you remove '\(folder)'."]
            )
        }
    }

    private func putBack() throws(BatonError) {
        guard kind == .inPlace, let lease, !lease.hasEnded else { return }
        try PreImages(of: self).putBack()
        lease.end()
    }
}
