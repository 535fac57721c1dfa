// Paths as git and as people see them.

import SystemPackage

extension FilePath {
    /// The bytes of the path, without a final zero.
    var bytes: [UInt8] {
        withPlatformString { UnsafeBufferPointer(start: $0, count: length).map { UInt8(bitPattern: $0) } }
    }

    /// The directories that the path is in, the outermost first; the root is not among them.
    var parents: [FilePath] {
        components.dropLast().reduce(into: [FilePath]()) { parents, name in
            parents.append((parents.last ?? FilePath()).appending(name))
        }
    }

    /// The path in a message: control characters are escaped, so that a name can neither break nor forge a line.
    var shown: String {
        string.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.properties.generalCategory == .control {
                text += scalar.escaped(asASCII: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
