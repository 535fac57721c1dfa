// What git's configuration says.

import CGit2

extension Repository {
    /// A frozen copy of the repository's, the user's and the machine's configuration.
    func configuration() throws(GitError) -> GitHandle {
        try GitHandle("git_repository_config_snapshot", freeing: git_config_free) {
            git_repository_config_snapshot(&$0, pointer)
        }
    }

    /// The text that `name` is set to; nil if it is not set, or to nothing.
    func setting(_ name: String) throws(GitError) -> String? {
        let configuration = try configuration()
        var value: UnsafePointer<CChar>?
        let found: Void? = try GitError.nilIfNotFound { () throws(GitError) in
            try check("git_config_get_string") { git_config_get_string(&value, configuration.pointer, name) }
        }
        guard found != nil, let value else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Whether `name` is set to a true value; `fallback` if it is not set.
    func flag(_ name: String, fallback: Bool) throws(GitError) -> Bool {
        let configuration = try configuration()
        var value: Int32 = 0
        let found: Void? = try GitError.nilIfNotFound { () throws(GitError) in
            try check("git_config_get_bool") { git_config_get_bool(&value, configuration.pointer, name) }
        }
        return found == nil ? fallback : value != 0
    }

    /// Whether the executable bit of working files means anything; some file systems do not keep it.
    func trustsExecutableBit() throws(GitError) -> Bool {
        try flag("core.filemode", fallback: true)
    }

    /// Who makes a commit now.
    ///
    /// The corresponding C function is `git_signature_default`, which knows the configuration only, not the
    /// environment.
    func signature() throws(GitError) -> GitHandleTo<git_signature> {
        try GitHandleTo("git_signature_default", freeing: git_signature_free) { git_signature_default(&$0, pointer) }
    }
}
