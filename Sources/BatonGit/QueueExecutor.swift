// Runs an actor on a thread that may block.

import Dispatch

/// A serial executor on a queue of its own, so that an actor may do blocking work without taking a thread away from the
/// pool that all other tasks share.
package final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    package init(label: String) {
        self.queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
