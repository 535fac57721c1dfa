// What became of a landing.

package import SystemPackage

/// What a landing did.
package struct Landing: Hashable, Sendable {
    /// The commit that was made, as 40 lowercase hexadecimal digits; nil if there was nothing to commit, in which case
    /// nothing was changed at all.
    package var commit: String?
    /// What the commit changed, sorted by path.
    package var files: [FileStat]
    /// Paths of the delta that git ignores; neither written nor committed.
    package var ignored: [FilePath]

    package init(commit: String?, files: [FileStat], ignored: [FilePath]) {
        self.commit = commit
        self.files = files
        self.ignored = ignored
    }
}
