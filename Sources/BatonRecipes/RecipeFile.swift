// Reads a recipe's text from disk.

import BatonCore
import Foundation

/// Reads a recipe's text from disk.
enum RecipeFile {
    struct Failure: Error {
        let diagnostic: Diagnostic
    }

    static func read(_ path: String) -> Result<String, Failure> {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return .failure(failure("cannot be read", String(cString: strerror(errno))))
        }
        // A device or pipe might never end.
        guard status.st_mode & S_IFMT == S_IFREG else { return .failure(failure("is not a file")) }
        guard status.st_size <= YAMLDocument.sizeMax else { return .failure(failure("is larger than 1 MiB")) }
        do {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            if let text = String(validating: bytes, as: UTF8.self) { return .success(text) }
            return .failure(failure("is not text in UTF-8; the first other byte is in line \(invalidLine(bytes))"))
        } catch {
            return .failure(failure("cannot be read", error.localizedDescription))
        }
    }

    private static func failure(_ message: String, _ reason: String? = nil) -> Failure {
        Failure(
            diagnostic: Diagnostic(
                id: RecipeProblem.unreadableFile.rawValue,
                message: "the recipe's file \(message)\(reason.map { ": \($0)" } ?? "")",
                span: nil
            )
        )
    }

    private static func invalidLine(_ bytes: Data) -> Int {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var line = 1
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" { line += 1 }
        }
        return line
    }
}
