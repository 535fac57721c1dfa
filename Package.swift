// swift-tools-version: 6.2
// Baton: a local agent shell. What each target is for: README.md and docs/design/0001-layout.md.

import PackageDescription

/// Settings of every Swift target that is ours.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Settings of every C target that is ours.
let cSettings: [CSetting] = [
    .unsafeFlags(["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
]

/// A plugin carries its own copy of the Swift runtime, so that it loads on a machine without Swift, and exports one
/// symbol only.
///
/// Source: docs/plugins.md, "How a Swift plugin is linked".
let pluginLinkerSettings: [LinkerSetting] = [
    .unsafeFlags([
        "-static-stdlib", "-no-toolchain-stdlib-rpath",
        "-Xlinker", "--version-script=\(Context.packageDirectory)/plugins/kit/exports.map",
        "-Xlinker", "--gc-sections",
        // FoundationEssentials needs these two, and nothing names them; a missing symbol is an error here, not at dlopen.
        "-Xlinker", "-z", "-Xlinker", "defs", "-l_FoundationCollections", "-l_FoundationCShims",
    ])
]

/// A release carries the Swift runtime (`--static-swift-stdlib`) and must not look for one where it was built.
let executableLinkerSettings: [LinkerSetting] = [
    .unsafeFlags(["-no-toolchain-stdlib-rpath"], .when(configuration: .release))
]

/// The role plugins that Baton ships: a folder under plugins/ each.
let roles = ["Researcher", "Writer", "Reviewer", "Coder"]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "baton",
    products: [
        .executable(name: "baton", targets: ["baton"]),
        .executable(name: "baton-worker", targets: ["baton-worker"]),
        .library(name: "BatonPluginKit", targets: ["BatonPluginKit"]),
    ]
        + roles.map { .library(name: $0.lowercased(), type: .dynamic, targets: ["\($0)Plugin"]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/stencilproject/Stencil", from: "0.15.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
        .target(name: "CBatonPlugin", cSettings: cSettings),
        .target(name: "CBatonLinux", cSettings: cSettings),

        .target(name: "BatonCore", dependencies: [system]),
        .target(name: "BatonTerminal", dependencies: ["BatonCore"]),
        .target(
            name: "BatonRecipes",
            dependencies: [
                "BatonCore",
                .product(name: "Stencil", package: "Stencil"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(name: "BatonGit", dependencies: ["BatonCore", "CBatonLinux", "CGit2", system]),
        .target(name: "BatonWorkspace", dependencies: ["BatonCore", "CBatonLinux", system]),
        .target(
            name: "BatonModels",
            dependencies: [
                "BatonCore",
                "CBatonLinux",
                system,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(name: "BatonWorkerLink"),
        .target(
            name: "BatonWorkers",
            dependencies: [
                "BatonCore",
                "BatonWorkerLink",
                "CBatonLinux",
                system,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "BatonEngine",
            dependencies: [
                "BatonCore",
                "BatonGit",
                "BatonModels",
                "BatonRecipes",
                "BatonWorkerLink",
                "BatonWorkers",
                "BatonWorkspace",
                system,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "BatonCLI",
            dependencies: [
                "BatonCore",
                "BatonEngine",
                "BatonGit",
                "BatonModels",
                "BatonRecipes",
                "BatonTerminal",
                "BatonWorkerLink",
                "BatonWorkers",
                "BatonWorkspace",
                system,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .target(
            name: "BatonREPL",
            dependencies: [
                "BatonCLI", "BatonCore", "BatonEngine", "BatonRecipes", "BatonTerminal", "BatonWorkers", "CReadline",
                system,
            ]
        ),
        .executableTarget(
            name: "baton",
            dependencies: ["BatonCLI", "BatonCore", "BatonEngine", "BatonREPL", "BatonTerminal", system],
            linkerSettings: executableLinkerSettings
        ),

        .target(
            name: "BatonPluginHost",
            dependencies: ["BatonCore", "BatonWorkerLink", "CBatonLinux", "CBatonPlugin"]
        ),
        .executableTarget(
            name: "baton-worker", dependencies: ["BatonPluginHost"], linkerSettings: executableLinkerSettings
        ),

        .target(name: "BatonPluginKit", dependencies: ["CBatonPlugin"], path: "plugins/kit", exclude: ["exports.map"]),
        // What the roles that work on texts share.
        .target(name: "BatonRoleText", path: "plugins/text"),

        .target(
            name: "BatonTestSupport",
            dependencies: ["BatonCore", "CBatonLinux", system, .product(name: "Crypto", package: "swift-crypto")],
            path: "Tests/Support"
        ),
        .testTarget(
            name: "BatonModelsTests",
            dependencies: [
                "BatonCore",
                "BatonModels",
                "CBatonLinux",
                system,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "BatonPluginKitTests", dependencies: ["BatonPluginKit", "CBatonPlugin"]),
        .testTarget(
            name: "RolesTests",
            dependencies: ["BatonPluginKit", "BatonRoleText"] + roles.map { .target(name: "\($0)Role") }
        ),
        .testTarget(name: "BatonGitTests", dependencies: ["BatonCore", "BatonGit", system]),
        .testTarget(name: "BatonTerminalTests", dependencies: ["BatonCore", "BatonTerminal"]),
        .testTarget(name: "BatonRecipesTests", dependencies: ["BatonCore", "BatonRecipes", "BatonTerminal"]),
        .testTarget(name: "BatonWorkerLinkTests", dependencies: ["BatonTestSupport", "BatonWorkerLink"]),
        .testTarget(
            name: "BatonWorkspaceTests", dependencies: ["BatonCore", "BatonTestSupport", "BatonWorkspace", system]),
        .testTarget(
            name: "BatonEngineTests",
            dependencies: [
                "BatonCore", "BatonEngine", "BatonModels", "BatonRecipes", "BatonTestSupport", "BatonWorkers",
                "BatonWorkspace", system,
            ]
        ),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "BatonCLI", "BatonCore", "BatonEngine", "BatonREPL", "BatonTestSupport", "BatonWorkerLink",
                "BatonWorkers", "BatonWorkspace", "CBatonLinux", system,
            ]
        ),
    ]
        + roles.flatMap { role -> [Target] in
            [
                .target(
                    name: "\(role)Role",
                    dependencies: ["BatonPluginKit", "BatonRoleText"],
                    path: "plugins/\(role.lowercased())/Role"
                ),
                .target(
                    name: "\(role)Plugin",
                    dependencies: [.target(name: "\(role)Role"), "BatonPluginKit", "CBatonPlugin"],
                    path: "plugins/\(role.lowercased())/Plugin",
                    linkerSettings: pluginLinkerSettings
                ),
            ]
        },
    swiftLanguageModes: [.v6]
)

let ours: Set<Target.TargetType> = [.regular, .executable, .test]
for target in package.targets where ours.contains(target.type) && !target.name.hasPrefix("CBaton") {
    target.swiftSettings = (target.swiftSettings ?? []) + swiftSettings
}
