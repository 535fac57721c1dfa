// The model that Baton brings.

import BatonCore

/// Answers with the embedded model, one request at a time: it has as many threads as there are.
package struct EmbeddedModel: ChatModel {
    package let name: String
    private let server: EmbeddedServer
    private let connections: ModelConnections
    private let turns = Turns()

    package init(
        server: EmbeddedServer,
        connections: ModelConnections,
        name: String = EmbeddedPackage.current.modelName
    ) {
        self.name = name
        self.server = server
        self.connections = connections
    }

    package func complete(
        _ request: ChatRequest,
        onDelta: @escaping @Sendable (ChatDelta) async -> Void
    ) async throws -> ChatCompletion {
        let start = ContinuousClock.now
        // Requests wait here and not in the server, where their silence would count against them.
        guard await turns.begin() else { throw ModelError.cancelled.explained(at: place) }
        do {
            var completion = try await ask(request, onDelta)
            await turns.end()
            completion.duration = .now - start
            return completion
        } catch {
            await turns.end()
            throw error
        }
    }

    private var place: ModelPlace { ModelPlace(model: name, location: "embedded", keySource: nil) }

    private func ask(
        _ request: ChatRequest,
        _ onDelta: @escaping @Sendable (ChatDelta) async -> Void
    ) async throws -> ChatCompletion {
        let running = try await server.running()
        let model = OpenAICompatibleModel(
            name: name, endpoint: running.endpoint, connections: connections, shownLocation: place.location
        )
        do {
            return try await model.complete(request, onDelta: onDelta)
        } catch var error as BatonError where error.code == .modelUnavailable && !running.isAlive {
            if let complaint = running.lastComplaint { error.causes.append(complaint) }
            throw error
        }
    }
}

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
