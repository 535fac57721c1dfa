// What model calls took.

/// Tokens and calls, of one answer or of many.
package struct ModelUsage: Hashable, Sendable, Codable {
    package var inputTokens: Int
    package var outputTokens: Int
    package var calls: Int

    package init(inputTokens: Int = 0, outputTokens: Int = 0, calls: Int = 0) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.calls = calls
    }

    package var tokens: Int { inputTokens + outputTokens }

    package static func + (left: ModelUsage, right: ModelUsage) -> ModelUsage {
        ModelUsage(
            inputTokens: left.inputTokens + right.inputTokens,
            outputTokens: left.outputTokens + right.outputTokens,
            calls: left.calls + right.calls
        )
    }

    package static func += (left: inout ModelUsage, right: ModelUsage) { left = left + right }
}
