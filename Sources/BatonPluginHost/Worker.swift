// One worker from its start to its end. SPDX-License-Identifier: MIT

import BatonCore
import BatonWorkerLink
import CBatonLinux
import CBatonPlugin
import Glibc

/// The version that plugins are told.
let workerVersion = batonVersion

/// A worker: enters its view, runs at most one role, runs commands, leaves.
///
/// Everything happens on the main thread, before which no other thread may exist: a process with threads cannot enter a
/// user namespace. Source: unshare(2).
package enum Worker {
    /// Serves the host on ``linkDescriptor`` and never returns.
    package static func serve() -> Never {
        // Not for commands that are started here.
        for descriptor in [linkDescriptor, reportDescriptor, pluginDescriptor] {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        let link = HostLink(descriptor: linkDescriptor)
        let hold: Hold
        do {
            guard case .enter(let order) = try link.receiveFirst() else {
                leave("baton-worker: the first frame is not 'enter'", status: Status.protocolError)
            }
            hold = enterView(order, link: link)
        } catch {
            leave("baton-worker: \(error.reason)", status: Status.protocolError)
        }
        link.startReading()
        link.send(.ready(hold))
        while true {
            switch link.nextForMain() {
            case .perform(let order): perform(order, link: link)
            case .execute(let call, let command): execute(command, call: call, link: link)
            default: _exit(0)
            }
        }
    }

    /// Exit statuses of a worker that never got to work.
    private enum Status {
        static let viewFailed: Int32 = 3
        static let protocolError: Int32 = 4
    }

    private static func leave(_ message: String, status: Int32) -> Never {
        let line = Array((message + "\n").utf8)
        _ = write(2, line, line.count)
        _exit(status)
    }

    // MARK: View

    private static func enterView(_ order: ViewOrder, link: HostLink) -> Hold {
        var failure = baton_view_failure()
        var hold = baton_hold()
        let status = order.withView { view in
            order.overlay == nil
                ? baton_enter_directory(view, &failure, &hold) : baton_enter_view(view, &failure, &hold)
        }
        if status < 0 {
            fail(call: failure.call.map { String(cString: $0) } ?? "view", error: failure.error, link: link)
        }
        return Hold(
            landlock: hold.landlock, filtersCalls: hold.filter, notesAttempts: hold.watch,
            countsUsage: hold.private_processes, limitsProcesses: hold.process_limit
        )
    }

    private static func fail(call: String, error: Int32, link: HostLink) -> Never {
        link.send(.viewFailed(call: call, error: error))
        _exit(Status.viewFailed)
    }

    // MARK: Role

    private static func perform(_ order: RoleOrder, link: HostLink) {
        let status: Int
        do {
            status = try run(order, link: link)
        } catch {
            link.send(.failure(status: Int32(error.status), message: error.message, detail: ""))
            status = error.status
        }
        link.send(.returned(status: Int32(clamping: status)))
    }

    private static func run(_ order: RoleOrder, link: HostLink) throws(PluginFault) -> Int {
        let plugin = try LoadedPlugin(descriptor: pluginDescriptor, path: order.pluginPath)
        let table = HostTable(link: link)
        let role = try plugin.makeRole(order.roleID, host: table.pointer)
        let cancellation = Cancellation(role: role)
        if let configure = role.pointee.configure {
            let status = order.settings.withBatonString { configure(role, $0) }
            if status != BATON_OK { return Int(status) }
        }
        guard let function = role.pointee.run else { return BATON_E_INTERNAL }
        link.onCancel { cancellation.fire() }
        let status = order.withStep(root: currentDirectory()) { function(role, $0) }
        link.onCancel(nil)
        cancellation.retire()
        table.close()
        role.pointee.destroy?(role)
        return Int(status)
    }

    private static func currentDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }

    // MARK: Commands of the host

    private static func execute(_ command: CommandOrder, call: UInt32, link: HostLink) {
        let result = CommandRunner(link: link).run(command) { kind, bytes in
            link.send(.output(call: call, kind: kind, bytes: bytes))
            return true
        }
        link.send(.executed(call: call, result: result))
    }
}

/// Calls the role's cancel(), which may come from another thread, but not once run() has returned.
// Safe to share: the pointer is read and cleared only within the monitor, in which cancel() is also called.
private final class Cancellation: @unchecked Sendable {
    private let role: Monitor<UnsafeMutablePointer<baton_role>?>

    init(role: UnsafeMutablePointer<baton_role>) {
        self.role = Monitor(role)
    }

    func fire() {
        role.change { role in
            if let role { role.pointee.cancel?(role) }
        }
    }

    func retire() {
        role.change { $0 = nil }
    }
}

extension ViewOrder {
    /// Lends the view as baton_linux.h has it.
    fileprivate func withView<Result>(_ body: (UnsafePointer<baton_view>) -> Result) -> Result {
        let paths = [root, overlay?.upper, overlay?.work, temporary, overlay?.git, overlay?.server]
        let texts = paths.map { path in path.map { strndup($0.map { CChar(bitPattern: $0) }, $0.count) } ?? nil }
        defer { for text in texts { free(text) } }
        var view = baton_view(
            root: texts[0], upper: texts[1], work: texts[2], tmp: texts[3], git: texts[4], fuse: texts[5],
            network: network, link: linkDescriptor, reports: reportDescriptor,
            limits: baton_limits(
                memory_bytes: limits.memoryBytes, processes: limits.processes, file_bytes: limits.fileBytes,
                written_bytes: limits.writtenBytes, cpu_seconds: limits.processorSeconds
            )
        )
        return body(&view)
    }
}

extension RoleOrder {
    /// Lends the step as the plugin sees it.
    fileprivate func withStep(root: String, _ body: (UnsafePointer<baton_step>) -> baton_status) -> baton_status {
        stepID.withBatonString { stepID in
            runID.withBatonString { runID in
                task.withBatonString { task in
                    root.withBatonString { root in
                        baseCommit.withBatonString { base in
                            var step = baton_step()
                            step.struct_size = UInt32(MemoryLayout<baton_step>.size)
                            step.flags = flags
                            step.step_id = stepID
                            step.run_id = runID
                            step.task = task
                            step.workspace_root = root
                            step.base_commit = base
                            step.attempt = attempt
                            step.deadline_unix_ns = deadlineUnixNanoseconds
                            step.seed = seed
                            return body(&step)
                        }
                    }
                }
            }
        }
    }
}

extension String {
    /// Lends the text; the empty text is absent.
    fileprivate func withBatonString<Result>(_ body: (baton_str) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { buffer in
            guard !buffer.isEmpty else { return body(baton_str(ptr: nil, len: 0)) }
            return buffer.withMemoryRebound(to: CChar.self) { characters in
                body(baton_str(ptr: characters.baseAddress, len: UInt64(characters.count)))
            }
        }
    }
}
