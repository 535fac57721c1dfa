// Merging and comparing texts: libgit2's functions that need no repository, for every way to git.

import CGit2

/// How texts were changed, line by line.
enum TextMerge {
    /// `ours` with what `theirs` has changed since `ancestor`; nil if both changed the same lines, or one is binary.
    ///
    /// The corresponding C function is `git_merge_file`, with its defaults, which are those of `git merge`.
    static func merged(ancestor: [UInt8], ours: [UInt8], theirs: [UInt8]) throws(GitError) -> [UInt8]? {
        if theirs == ancestor || theirs == ours { return ours }
        if ours == ancestor { return theirs }
        try check("git_libgit2_init") { GitLibrary.state }
        var result = git_merge_file_result()
        defer { git_merge_file_result_free(&result) }
        try check("git_merge_file") {
            withInput(ancestor) { ancestor in
                withInput(ours) { ours in
                    withInput(theirs) { theirs in git_merge_file(&result, ancestor, ours, theirs, nil) }
                }
            }
        }
        // Binary files count as not mergeable. Source: libgit2 1.5.1 `merge_file.c`, `merge_file__from_inputs`.
        guard result.automergeable != 0 else { return nil }
        return [UInt8](UnsafeRawBufferPointer(start: result.ptr, count: result.len))
    }

    private static func withInput(
        _ bytes: [UInt8], _ body: (UnsafePointer<git_merge_file_input>) -> Int32
    ) -> Int32 {
        withCharacters(bytes) { characters, count in
            var input = git_merge_file_input()
            git_merge_file_input_init(&input, UInt32(GIT_MERGE_FILE_INPUT_VERSION))
            input.ptr = characters
            input.size = count
            input.path = nil
            return body(&input)
        }
    }

    /// Lines by which a text changed.
    struct LineCounts: Hashable {
        var added: Int
        var removed: Int
    }

    /// The lines that `new` has and `old` has not, and the other way round; nil stands for no file.
    ///
    /// - Returns: Nil if one of them is binary.
    static func lineCounts(from old: [UInt8]?, to new: [UInt8]?) throws(GitError) -> LineCounts? {
        try check("git_libgit2_init") { GitLibrary.state }
        // An absent side is an empty text here: only lines are counted.
        let (old, new) = (old ?? [], new ?? [])
        let patch = try GitHandle("git_patch_from_buffers", freeing: git_patch_free) { patch in
            withCharacters(old) { oldBytes, oldCount in
                withCharacters(new) { newBytes, newCount in
                    git_patch_from_buffers(&patch, oldBytes, oldCount, nil, newBytes, newCount, nil, nil)
                }
            }
        }
        if let delta = git_patch_get_delta(patch.pointer), delta.pointee.flags & GIT_DIFF_FLAG_BINARY.rawValue != 0 {
            return nil
        }
        var counts = LineCounts(added: 0, removed: 0)
        try check("git_patch_line_stats") {
            git_patch_line_stats(nil, &counts.added, &counts.removed, patch.pointer)
        }
        return counts
    }
}
