// A worker as a process: start it, signal it, wait for it.

import BatonCore
package import BatonWorkerLink
import CBatonLinux
import Dispatch
import Glibc
import Synchronization
package import SystemPackage

/// What is needed to start a worker.
package struct WorkerLaunch: Sendable {
    package var executable: FilePath
    /// All that the worker, its plugin and their commands see of the environment.
    package var environment: [String: String]
    package var view: ViewOrder
    package var plugin: PluginFile?

    package init(executable: FilePath, environment: [String: String], view: ViewOrder, plugin: PluginFile?) {
        self.executable = executable
        self.environment = environment
        self.view = view
        self.plugin = plugin
    }
}

/// A running worker and the host's ends of its socket and output.
final class WorkerProcess: Sendable {
    private let pid: pid_t
    /// Once a process is reaped its number may belong to another one, which must not get its signals.
    private let isReaped = Mutex(false)
    let socket: Int32
    let standardOutput: Int32
    let standardError: Int32
    /// What the worker's guard reports.
    let reports: Int32

    init(_ launch: WorkerLaunch) throws(BatonError) {
        var pair: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        var reports: [Int32] = [-1, -1]
        guard baton_socket_pair(&pair) == 0, baton_pipe(&output) == 0, baton_pipe(&errors) == 0,
            baton_pipe(&reports) == 0
        else {
            let reason = String(cString: strerror(errno))
            for descriptor in pair + output + errors + reports where descriptor >= 0 { close(descriptor) }
            throw BatonError(.unsupported, "cannot start a worker", causes: [reason])
        }
        defer { for descriptor in [pair[1], output[1], errors[1], reports[1]] { close(descriptor) } }
        // The order is that of linkDescriptor, reportDescriptor and pluginDescriptor.
        let descriptors =
            [-1, output[1], errors[1], pair[1], reports[1]] + (launch.plugin.map { [$0.descriptor] } ?? [])
        var pid: pid_t = 0
        let status = Self.spawn(launch, descriptors, &pid)
        guard status == 0 else {
            for descriptor in [pair[0], output[0], errors[0], reports[0]] { close(descriptor) }
            throw BatonError(
                .unsupported, "cannot start '\(launch.executable)'", causes: [String(cString: strerror(status))],
                hints: ["Install Baton again: its worker has to stand beside it."]
            )
        }
        self.pid = pid
        self.socket = pair[0]
        self.standardOutput = output[0]
        self.standardError = errors[0]
        self.reports = reports[0]
    }

    private static func spawn(_ launch: WorkerLaunch, _ descriptors: [Int32], _ pid: inout pid_t) -> Int32 {
        var environment: [UnsafeMutablePointer<CChar>?] =
            launch.environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("baton-worker"), nil]
        defer { for text in environment + arguments { free(text) } }
        return launch.executable.withPlatformString { path in
            environment.withUnsafeMutableBufferPointer { environment in
                arguments.withUnsafeMutableBufferPointer { arguments in
                    descriptors.withUnsafeBufferPointer { descriptors in
                        var program = baton_program(
                            path: path, arguments: arguments.baseAddress, environment: environment.baseAddress,
                            directory: nil, descriptors: descriptors.baseAddress,
                            descriptor_count: Int32(descriptors.count)
                        )
                        return baton_spawn(&program, &pid)
                    }
                }
            }
        }
    }

    /// Sends a signal to the worker and all that stayed in its process group; nothing if the worker has ended.
    func signal(_ signal: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { kill(-pid, signal) }
        }
    }

    /// Waits until the worker has ended, kills what is left of its process group, and returns its wait status.
    ///
    /// To be called once.
    func waitForEnd() async -> Int32 {
        let descriptor = baton_pidfd_open(pid)
        if descriptor >= 0 {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
                source.setEventHandler { source.cancel() }
                source.setCancelHandler {
                    close(descriptor)
                    continuation.resume()
                }
                source.resume()
            }
        }
        return isReaped.withLock { isReaped in
            kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            isReaped = true
            return status
        }
    }
}
