// Text with parameters in it, and how it is filled in.

package import BatonCore
import Foundation
import Stencil

/// Text of a recipe with `{{ parameters }}` in it; understood when the recipe was loaded.
package struct Template: Hashable, Sendable {
    /// As it was written.
    package let text: String
    /// Where it stands in the recipe.
    package let span: SourceSpan
    /// What Stencil gets; nil if the text is plain.
    let canonical: String?
    /// The parameter that the whole text consists of, such as `words` in `{{ words }}`.
    let onlyVariable: String?

    /// Plain text.
    package init(plain text: String, span: SourceSpan) {
        self.text = text
        self.span = span
        canonical = nil
        onlyVariable = nil
    }

    init(text: String, span: SourceSpan, parsed: ParsedTemplate) {
        self.text = text
        self.span = span
        canonical = parsed.canonical
        let isWhole = parsed.outputs.count == 1 && parsed.outputs[0].range == 0..<text.unicodeScalars.count
        onlyVariable = isWhole && parsed.outputs[0].isBareVariable ? parsed.outputs[0].sources.first : nil
    }
}

/// Fills templates in.
struct TemplateRenderer {
    /// Bytes of a filled-in template: more than any model reads.
    static let sizeMax = 1 << 20

    private let environment = Stencil.Environment(extensions: [.batonFilters()])
    /// Values by name, those with dots in nested dictionaries.
    private let values: [String: Any]

    /// - Parameter values: By full name, such as `topic` or `run.id`.
    init(_ values: [String: JSONValue]) {
        var nested: [String: Any] = [:]
        for (name, value) in values {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            if parts.count == 1 {
                nested[name] = Self.native(value)
            } else {
                var inner = nested[parts[0]] as? [String: Any] ?? [:]
                inner[parts[1]] = Self.native(value)
                nested[parts[0]] = inner
            }
        }
        self.values = nested
    }

    /// The text of `template`, or a phrase that says why it cannot be filled in.
    func render(_ template: Template) -> Result<String, RenderingFailure> {
        guard let canonical = template.canonical else { return .success(template.text) }
        do {
            let text = try Stencil.Template(templateString: canonical, environment: environment).render(values)
            return text.utf8.count <= Self.sizeMax ? .success(text) : .failure(RenderingFailure("it is over 1 MiB"))
        } catch {
            return .failure(RenderingFailure("\(error)"))
        }
    }

    /// What Stencil has against `canonical`, which ``ParsedTemplate`` let pass; nil if nothing.
    static func complaint(about canonical: String) -> String? {
        let environment = Stencil.Environment(extensions: [.batonFilters()])
        let template = Stencil.Template(templateString: canonical, environment: environment)
        do {
            _ = try TokenParser(tokens: template.tokens, environment: environment).parse()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func native(_ value: JSONValue) -> Any {
        switch value {
        case .string(let text): text
        case .bool(let bool): bool
        case .integer(let integer): integer
        // A whole number reads as one: '2', not '2.0'.
        case .number(let number): Int(exactly: number) ?? number
        case .null, .array, .object: ""  // No parameter has such a value.
        }
    }
}

struct RenderingFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
