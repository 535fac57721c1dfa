// Reads template texts of a recipe and checks all that can be checked without values.

import BatonCore

/// What a template's text is for.
enum TemplatePurpose {
    case text
    /// A line for the shell.
    case shell
    case path(PathRule.Kind)
}

extension ReadingContext {
    /// The template in `item`, with diagnostics for what is wrong with it; nil if there is no text.
    func template(
        _ item: YAMLItem,
        key: String,
        _ scope: TemplateScope,
        for purpose: TemplatePurpose = .text
    ) -> Template? {
        guard let text = item.text, text.contains(where: { !$0.isWhitespace }) else {
            if item.text != nil {
                problems.add(.invalidValue, "'\(key)' is empty", at: span(of: item))
            } else {
                reportType(of: item, key: key, expected: "text")
            }
            return nil
        }
        let parsed = ParsedTemplate(text)
        let faults = faults(in: parsed, scope)
        for fault in faults { report(fault, in: item) }
        switch purpose {
        case .text: break
        case .shell: reportShellQuoting(parsed, text, item, scope)
        case .path(let kind): reportPath(parsed, text, item, kind)
        }
        return Template(text: text, span: span(of: item), parsed: parsed)
    }

    private func faults(in parsed: ParsedTemplate, _ scope: TemplateScope) -> [TemplateFault] {
        var faults = parsed.variables.compactMap(scope.fault)
        if let fault = parsed.fault {
            faults.append(fault)
        } else if faults.isEmpty, let canonical = parsed.canonical,
            let complaint = TemplateRenderer.complaint(about: canonical)
        {
            faults.append(TemplateFault(message: "the template cannot be read: \(complaint)", range: 0..<0))
        }
        return faults
    }

    func report(_ fault: TemplateFault, severity: Diagnostic.Severity = .error, in item: YAMLItem) {
        let span = span(of: fault.range, in: item)
        problems.add(fault.problem, severity: severity, fault.message, at: span, hints: fault.hints)
    }

    /// Where the scalars `range` of the text of `item` stand; all of the text if that cannot be said.
    private func span(of range: Range<Int>, in item: YAMLItem) -> SourceSpan {
        guard !range.isEmpty, let places = source.locate(item)?.scalars, range.upperBound <= places.count else {
            return span(of: item)
        }
        let (first, last) = (places[range.lowerBound], places[range.upperBound - 1])
        guard first.line == last.line else { return source.restOfLine(from: first) }
        return SourceSpan(line: first.line, column: first.column, length: last.column - first.column + 1)
    }

    private func reportPath(_ parsed: ParsedTemplate, _ text: String, _ item: YAMLItem, _ kind: PathRule.Kind) {
        guard parsed.fault == nil, let fixed = parsed.textWithPlaceholders(text),
            let objection = PathRule.objection(to: fixed, kind)
        else { return }
        problems.add(.invalidPath, "path '\(text)' \(objection)", at: span(of: item), hints: [PathRule.hint])
    }

    /// Warns of values that the shell could read as commands.
    private func reportShellQuoting(
        _ parsed: ParsedTemplate,
        _ text: String,
        _ item: YAMLItem,
        _ scope: TemplateScope
    ) {
        guard parsed.fault == nil else { return }
        let foreign = scope.foreignTexts
        for (output, quote) in ShellLine.outputs(of: parsed, in: text) {
            guard let name = output.sources.first(where: foreign.contains) else { continue }
            let filter = output.lastFilter.flatMap(TemplateFilter.init)
            if filter == .shell, let quote {
                let fault = TemplateFault(
                    problem: .shellQuoting,
                    message: "the filter 'shell' puts quotes around '\(name)', and there are others around it",
                    range: output.range,
                    hints: ["Remove the \(quote) around it."]
                )
                report(fault, severity: .warning, in: item)
            } else if filter?.isShellSafe != true {
                let fault = TemplateFault(
                    problem: .shellQuoting,
                    message: "the value of '\(name)' could be read as a command",
                    range: output.range,
                    hints: [
                        "Write {{ \(output.canonical)|shell }}\(quote.map { ", without the \($0) around it" } ?? "");"
                            + " it puts the value in quotes."
                    ]
                )
                report(fault, severity: .warning, in: item)
            }
        }
    }
}

extension ParsedTemplate {
    /// `text` with a letter for each output; nil if tags decide what is in it.
    func textWithPlaceholders(_ text: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        guard let segments = try? TemplateSegment.segments(of: scalars) else { return nil }  // was reported
        guard !segments.contains(where: { $0.kind == .tag }) else { return nil }
        return segments.reduce(into: "") { result, segment in
            if segment.kind == .text { result.unicodeScalars.append(contentsOf: scalars[segment.range]) }
            if segment.kind == .output { result += "x" }
        }
    }
}

/// Knows where in a shell line there are quotes.
enum ShellLine {
    /// The outputs of a shell line, each with the kind of quotes around it, if any.
    ///
    /// Source: POSIX.1-2017, Shell Command Language, 2.2, without here-documents and substitutions.
    static func outputs(of parsed: ParsedTemplate, in text: String) -> [(ParsedTemplate.Output, quotes: String?)] {
        let scalars = Array(text.unicodeScalars)
        var quote: Unicode.Scalar?
        var result: [(ParsedTemplate.Output, quotes: String?)] = []
        guard let segments = try? TemplateSegment.segments(of: scalars) else { return [] }  // was reported
        for segment in segments {
            if segment.kind == .text {
                track(scalars[segment.range], &quote)
            } else if let output = parsed.outputs.first(where: { $0.range == segment.range }) {
                result.append((output, quote.map { $0 == "'" ? "single quotes" : "double quotes" }))
            }
        }
        return result
    }

    private static func track(_ text: ArraySlice<Unicode.Scalar>, _ quote: inout Unicode.Scalar?) {
        var isEscaped = false
        for scalar in text {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "'" || scalar == "\"" {
                quote = scalar
            }
        }
    }
}
