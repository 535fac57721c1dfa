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
