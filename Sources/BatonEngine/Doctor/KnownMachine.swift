// What is remembered of a machine until it is started again.

import BatonCore
package import BatonWorkspace
import Foundation
package import SystemPackage

/// Which kind of view the machine allows, remembered in Baton's state folder until the machine is started again.
///
/// So the prompt can say that steps are not isolated without trying it each time.
package struct KnownMachine: Hashable, Sendable {
    /// Nil: none that isolates.
    package var kind: View.Kind?
    /// Why the best kind is not possible; empty if it is.
    package var reason: String

    package init(kind: View.Kind?, reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// What is remembered; nil if nothing is, or if the machine was started or Baton installed since.
    package init?(rememberedIn stateFolder: FilePath, worker: FilePath) {
        guard let bytes = FileManager.default.contents(atPath: Self.file(in: stateFolder).string),
            let document = JSONText.object(Array(bytes)), document["key"]?.stringValue == Self.key(worker),
            let reason = document["reason"]?.stringValue
        else { return nil }
        self.init(kind: document["kind"]?.stringValue.flatMap(View.Kind.init(rawValue:)), reason: reason)
    }

    /// Tries what the machine allows.
    package init(tryingWith probe: ViewProbe) async {
        var reason = ""
        for kind in View.Kind.allCases where kind.isIsolated {
            guard let obstacle = await probe.tryOut(kind).obstacle else {
                self.init(kind: kind, reason: reason)
                return
            }
            if reason.isEmpty { reason = obstacle.phrase }
        }
        self.init(kind: nil, reason: reason)
    }

    /// Remembers this; where that is not possible it is found out again next time.
    package func remember(in stateFolder: FilePath, worker: FilePath) {
        let document: JSONValue = .object([
            "key": .string(Self.key(worker)), "kind": kind.map { .string($0.rawValue) } ?? .null,
            "reason": .string(reason),
        ])
        let file = Self.file(in: stateFolder)
        try? makeFolder(stateFolder)
        try? Data(JSONText.line(document).utf8).write(to: URL(filePath: file.string), options: .atomic)
    }

    private static func file(in stateFolder: FilePath) -> FilePath { stateFolder.appending("machine.json") }

    private static func key(_ worker: FilePath) -> String {
        let boot = FirstLine.of("/proc/sys/kernel/random/boot_id") ?? ""
        let attributes = try? FileManager.default.attributesOfItem(atPath: worker.string)
        let installed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(boot) \(worker) \(installed) \(View.Kind.fuseProgram?.string ?? "")"
    }
}
