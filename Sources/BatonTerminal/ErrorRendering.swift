// Shows the error that people meet.

package import BatonCore

extension BatonError {
    /// `error: …`, then each cause from the outside in, then the hints; without a final line break.
    package var rendered: StyledText {
        var text: StyledText = "\("error", .error): \(sanitizedLine(message))"
        for (index, cause) in causes.enumerated() {
            let number = causes.count > 1 ? " (\(index + 1))" : ""
            text += "\n\("caused by", .heading)\(number): \(sanitizedLine(cause))"
        }
        for hint in hints { text += "\n\("hint", .hint): \(sanitizedLine(hint))" }
        return text
    }
}
