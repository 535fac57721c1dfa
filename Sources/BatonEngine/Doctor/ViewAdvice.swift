// What would make a view possible that the machine refuses.

import BatonWorkspace
import Glibc
import SystemPackage

/// What to do where a worker could not enter its view, judged by the call that failed and by what the machine says of
/// itself.
///
/// Sources: user_namespaces(7); apparmor.d(5), `userns`; Ubuntu 23.10 release notes; moby's default seccomp profile.
struct ViewAdvice {
    let call: String
    let error: Int32

    var sentences: [String] {
        switch call {
        case "unshare", "setgroups", "uid_map", "gid_map", "mount propagation": namespaces
        case "overlay mount": overlay
        case "open /dev/fuse": ["Let your user open /dev/fuse; most distributions do."]
        default: namespaces
        }
    }

    private var namespaces: [String] {
        if error == ENOSPC || Self.setting("user/max_user_namespaces") == "0" {
            return ["Allow user namespaces: sysctl user.max_user_namespaces=10000."]
        }
        if Self.setting("kernel/unprivileged_userns_clone") == "0" {
            return ["Allow user namespaces: sysctl kernel.unprivileged_userns_clone=1."]
        }
        if Self.setting("kernel/apparmor_restrict_unprivileged_userns") == "1" {
            return [
                "AppArmor restricts user namespaces here. Allow them to Baton's worker by the profile that "
                    + "'baton doctor --apparmor-profile' prints."
            ]
        }
        if Self.isContainer {
            return [
                "A container forbids namespaces here. For Docker, start it with '--security-opt seccomp=unconfined "
                    + "--security-opt apparmor=unconfined'; the container itself then keeps less apart."
            ]
        }
        return ["The kernel refuses user namespaces; whoever looks after this machine may know why."]
    }

    private var overlay: [String] {
        var sentences = [
            "Overlays in user namespaces need Linux 5.12 or later, and Baton's state folder on ext4, XFS, Btrfs or tmpfs."
                + " XDG_STATE_HOME says where it is."
        ]
        if View.Kind.fuseProgram == nil { sentences += Self.forKnown(.fuseOverlay) }
        return sentences
    }

    /// What helps against what is known to stand in the way of a kind before it is tried.
    static func forKnown(_ kind: View.Kind) -> [String] {
        switch kind {
        case .overlay:
            View.Kind.fuseProgram == nil
                ? ["Install fuse-overlayfs, which covers such directories, or unmount what is below."]
                : ["fuse-overlayfs covers such directories, and is used."]
        case .fuseOverlay:
            View.Kind.fuseProgram == nil
                ? ["Install fuse-overlayfs: apt-get install fuse-overlayfs, or your distribution's own command."]
                : ["Let your user open /dev/fuse; most distributions do."]
        case .copy, .warmCopy, .inPlace: []
        }
    }

    /// A setting below /proc/sys; nil if the kernel does not have it.
    private static func setting(_ name: String) -> String? { FirstLine.of("/proc/sys/\(name)") }

    private static var isContainer: Bool {
        let marks: [FilePath] = ["/.dockerenv", "/run/.containerenv"]
        return marks.contains { $0.withPlatformString { access($0, F_OK) == 0 } }
    }

    /// What lets a worker use user namespaces where AppArmor restricts them.
    static func appArmorProfile(worker: FilePath) -> String {
        """
        # To be saved as /etc/apparmor.d/baton-worker, then: sudo apparmor_parser --replace /etc/apparmor.d/baton-worker
        abi <abi/4.0>,
        include <tunables/global>

        profile baton-worker "\(worker)" flags=(unconfined) {
          userns,
          include if exists <local/baton-worker>
        }

        """
    }
}

/// Small files that the kernel writes.
enum FirstLine {
    /// The first line of a file; nil if it cannot be read.
    static func of(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
        let line = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        return line.hasSuffix("\n") ? String(line.dropLast()) : line
    }
}
