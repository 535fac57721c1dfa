// The texts that a reviewer judges. SPDX-License-Identifier: MIT

import BatonPluginKit
import BatonRoleText

/// A text that is judged.
struct TextUnderReview {
    var path: String
    var text: String

    /// The files of the last step in the context that made texts; the files that `reads` names if none did.
    ///
    /// Research notes are what texts are judged by, not what is judged, unless there is nothing else.
    static func collect(_ step: Step, host: any RoleHost) throws -> [TextUnderReview] {
        var notes: [TextUnderReview] = []
        for paths in step.context.reversed().map(\.paths) + [step.workspace.files(matching: step.reads.map(Glob.init))]
        {
            let texts = try paths.filter(step.workspace.exists).compactMap { path in
                try step.workspace.text(of: path).map { TextUnderReview(path: path, text: $0) }
            }
            let judged = texts.filter { ResearchNotes(parsing: $0.text) == nil }
            if !judged.isEmpty { return judged }
            if notes.isEmpty { notes = texts }
        }
        return notes
    }
}
