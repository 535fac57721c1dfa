// An installed embedded model: where its parts are, and whether they are all there.

import FoundationEssentials
import Glibc
package import SystemPackage

/// The folder of one installed version: `<data>/models/embedded/<version>`.
///
/// ```
/// manifest.json       written last: versions, licences, hashes, the Python it was installed with
/// requirements.txt    what pip was given
/// packages/           what pip installed
/// ```
package struct EmbeddedInstallation: Hashable, Sendable {
    package let folder: FilePath
    let contents: EmbeddedPackage

    package init(dataFolder: FilePath, contents: EmbeddedPackage = .current) {
        self.folder = dataFolder.appending("models/embedded").appending(contents.version)
        self.contents = contents
    }

    package enum Status: String, Hashable, Sendable {
        case installed
        case notInstalled = "not installed"
        /// Something is missing or has another size; installing again repairs it.
        case damaged
    }

    var packages: FilePath { folder.appending("packages") }
    var model: FilePath { packages.pushing(contents.model.path) }
    var manifestFile: FilePath { folder.appending("manifest.json") }

    /// Whether all is there, told by names and sizes only, so that it costs microseconds.
    ///
    /// The manifest is written last, when all was checked.
    package var status: Status {
        guard fileSize(folder) != nil else { return .notInstalled }
        let marks = [manifestFile, packages.pushing(contents.serverMark)]
        guard fileSize(model) == contents.model.size, marks.allSatisfy({ fileSize($0) ?? 0 > 0 }) else {
            return .damaged
        }
        return .installed
    }
}

/// What is written down about an installation, as JSON.
struct EmbeddedManifest: Codable, Hashable, Sendable {
    var schema = "baton.embedded-model/1"
    var version: String
    /// The Python that installed it and runs it.
    var python: String
    var model: Model
    var packages: [Package]

    struct Model: Codable, Hashable, Sendable {
        var name: String
        var path: String
        var size: Int
        var sha256: String
    }

    struct Package: Codable, Hashable, Sendable {
        var name: String
        var version: String
        var license: String
        var sha256: [String]
    }
}

extension EmbeddedManifest {
    init(_ contents: EmbeddedPackage, python: FilePath) {
        self.init(
            version: contents.version,
            python: python.string,
            model: Model(
                name: contents.modelName, path: "packages/\(contents.model.path)", size: contents.model.size,
                sha256: contents.model.sha256
            ),
            packages: contents.wheels.map {
                Package(name: $0.name, version: $0.version, license: $0.license, sha256: $0.hashes)
            }
        )
    }

    /// Nil if the file is missing or is no manifest of this kind.
    init?(file: FilePath) {
        guard let bytes = try? readFile(file, upTo: 65_536),
            let manifest = try? JSONDecoder().decode(EmbeddedManifest.self, from: Data(bytes)),
            manifest.schema == "baton.embedded-model/1"
        else { return nil }
        self = manifest
    }

    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}

/// The size of what is at `path`, in bytes; nil if there is nothing.
func fileSize(_ path: FilePath) -> Int? {
    var information = stat()
    return path.withPlatformString { stat($0, &information) } == 0 ? Int(information.st_size) : nil
}
