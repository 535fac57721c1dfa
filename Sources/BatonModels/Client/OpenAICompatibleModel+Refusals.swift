// Reads what a server says when it refuses.

import AsyncHTTPClient
import BatonCore
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1

extension OpenAICompatibleModel {
    /// The most bytes of a refusal that are read.
    private static let refusalBytesMax = 64 << 10
    private static let modelListBytesMax = 1 << 20
    private static let modelListTime = TimeAmount.seconds(5)

    /// What an answer that is not a success means.
    func failure(_ response: HTTPClientResponse) async -> ModelError {
        let status = Int(response.status.code)
        if status == 404 { return .unknownModel(known: await knownModels()) }
        let wait = response.headers.first(name: "retry-after").flatMap { retryAfter($0, now: now()) }
        let body = await start(of: response, upTo: Self.refusalBytesMax)
        if Task.isCancelled { return .cancelled }
        let message = foreignLine(serverMessage(body), hiding: key?.secret)
        return ModelError(status: status, message: message, wait: wait)
            ?? .serverFailed(status: status, message: message)
    }

    /// The names at `/models`, in the server's order; empty if it does not list any.
    private func knownModels() async -> [String] {
        // Only for a better hint: whatever goes wrong here leaves the error as it is.
        guard let response = try? await execute(httpRequest("/models"), within: Self.modelListTime),
            response.status == .ok,
            let list = try? JSONDecoder().decode(
                JSONValue.self, from: Data(await start(of: response, upTo: Self.modelListBytesMax)))
        else { return [] }
        return (list["data"]?.arrayValue ?? []).compactMap { entry in
            entry["id"]?.stringValue.map { foreignLine($0, limit: 80, hiding: key?.secret) }
        }
    }

    /// The first bytes of a body: what came before a failure or the limit.
    private func start(of response: HTTPClientResponse, upTo limit: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await buffer in response.body {
                bytes += buffer.readableBytesView.prefix(limit - bytes.count)
                if bytes.count == limit { break }
            }
        } catch {
            // The status alone says enough.
        }
        return bytes
    }
}

/// The server's own words: `error.message`, `error`, `message` or `detail` of a JSON object, or the text itself.
///
/// A page of HTML says nothing that fits in a line, so it counts as empty.
private func serverMessage(_ body: [UInt8]) -> String {
    guard let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body)) else {
        let text = String(decoding: body, as: UTF8.self)
        return text.drop(while: \.isWhitespace).first == "<" ? "" : text
    }
    let candidates = [json["error"]?["message"], json["error"], json["message"], json["detail"], json]
    return candidates.lazy.compactMap { $0?.stringValue }.first ?? ""
}

/// The wall clock.
package func secondsSince1970() -> Int { time(nil) }
