// Git by way of the git program.

import SystemPackage

/// Git by way of the git program.
///
/// Each question is a process or two, a few milliseconds; what it is asked is therefore asked for many paths at once.
final class ProgramAccess {
    let program: GitProgram

    init(_ program: GitProgram) {
        self.program = program
    }
}
