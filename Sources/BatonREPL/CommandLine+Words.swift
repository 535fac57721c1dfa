// Cuts a line into words as a shell does.

import BatonCore

/// The words of a line: blanks separate, quotes and `\` keep blanks together.
///
/// - Throws: `invalidInput` if a quote is not closed or the line ends with a `\`.
func words(of line: String) throws(BatonError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in line {
        if isEscaped {
            // Within double quotes a '\' is itself before anything but '"' and '\', as in a shell.
            if quote == "\"", character != "\"", character != "\\" { word?.append("\\") }
            word = (word ?? "") + String(character)
            isEscaped = false
        } else if character == "\\", quote != "'" {
            isEscaped = true
            word = word ?? ""
        } else if let open = quote {
            if character == open { quote = nil } else { word?.append(character) }
        } else if character == "'" || character == "\"" {
            quote = character
            word = word ?? ""
        } else if character.isWhitespace {
            if let complete = word { words.append(complete) }
            word = nil
        } else {
            word = (word ?? "") + String(character)
        }
    }
    if let quote {
        throw BatonError(
            .invalidInput, "the quote \(quote) is not closed", hints: ["Add the other \(quote) at the end of the text."]
        )
    }
    if isEscaped { throw BatonError(.invalidInput, "the line ends with '\\'") }
    if let word { words.append(word) }
    return words
}
