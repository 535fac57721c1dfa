// Lets requests to the embedded model in one by one.

/// Lets one in after the other, in the order in which they came.
actor Turns {
    private var isTaken = false
    private var waiting: [(id: Int, door: AsyncStream<Void>.Continuation)] = []
    private var nextID = 0

    /// How many wait.
    var count: Int { waiting.count }

    /// Waits for the own turn; false if the task was cancelled meanwhile, and then it has no turn.
    func begin() async -> Bool {
        if !isTaken {
            isTaken = true
            return !Task.isCancelled || giveUp()
        }
        nextID += 1
        let id = nextID
        let (opening, door) = AsyncStream<Void>.makeStream()
        waiting.append((id, door))
        for await _ in opening {
            // Called and cancelled at once: somebody else goes.
            return !Task.isCancelled || giveUp()
        }
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: index)
        } else {
            // It was already let in, and will never use its turn.
            end()
        }
        return false
    }

    /// Ends the turn of the one who has it.
    func end() {
        guard !waiting.isEmpty else {
            isTaken = false
            return
        }
        waiting.removeFirst().door.yield()
    }

    private func giveUp() -> Bool {
        end()
        return false
    }
}
