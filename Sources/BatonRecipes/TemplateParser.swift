// Understands templates before Stencil does.

/// A template that was understood.
///
/// Stencil renders an unknown variable as nothing, swallows what is not closed, and stops the process on some malformed
/// expressions. Therefore it is only given text that this parser has understood and written out again.
struct ParsedTemplate {
    /// The template as Stencil gets it; nil if there is nothing to compute.
    var canonical: String?
    /// The variables in the order of the text, without those that a loop declares.
    var variables: [Use] = []
    var outputs: [Output] = []
    /// The first fault; a template is not read beyond it.
    var fault: TemplateFault?

    struct Use {
        var name: String
        var range: Range<Int>
    }

    /// What one `{{ }}` writes.
    struct Output {
        var range: Range<Int>
        /// What is between the delimiters.
        var canonical: String
        /// The variables that its text comes from, through loops too.
        var sources: [String]
        var lastFilter: String?
        /// Whether it is a variable alone, without filters.
        var isBareVariable: Bool
    }
}

extension ParsedTemplate {
    init(_ text: String) {
        var parser = TemplateParser(Array(text.unicodeScalars))
        do throws(TemplateFault) {
            try parser.parse()
        } catch {
            fault = error
        }
        canonical = parser.isPlain ? nil : parser.canonical
        variables = parser.variables
        outputs = parser.outputs
    }
}

struct TemplateParser {
    let scalars: [Unicode.Scalar]
    var canonical = ""
    var isPlain = true
    var variables: [ParsedTemplate.Use] = []
    var outputs: [ParsedTemplate.Output] = []

    /// The tags that are open, outermost first.
    private var open: [OpenTag] = []

    private struct OpenTag {
        var name: String
        var range: Range<Int>
        /// The variable that a `for` declares, and where its values come from.
        var variable = ""
        var sources: [String] = []
        var hadElse = false
    }

    /// Tags in one another.
    private static let depthMax = 20

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    mutating func parse() throws(TemplateFault) {
        for segment in try TemplateSegment.segments(of: scalars) {
            if segment.kind != .text { isPlain = false }
            switch segment.kind {
            case .text: canonical.unicodeScalars.append(contentsOf: scalars[segment.range])
            case .comment: canonical += "{# #}"
            case .output: try parseOutput(segment)
            case .tag: try parseTag(segment)
            }
        }
        if let tag = open.last {
            throw TemplateFault(
                message: "'\(tag.name)' is not closed",
                range: tag.range,
                hints: ["It ends with '{% end\(tag.name == "ifnot" ? "if" : tag.name) %}'."]
            )
        }
    }

    private mutating func parseOutput(_ segment: TemplateSegment) throws(TemplateFault) {
        var reader = LexemeReader(try TemplateLexeme.lexemes(of: scalars, in: segment.inner), segment)
        let expression = try readExpression(&reader)
        try reader.expectEnd()
        guard !expression.isList else {
            throw TemplateFault(message: "this is a list; make it a text with 'join'", range: segment.range)
        }
        canonical += "{{ \(expression.canonical) }}"
        outputs.append(
            ParsedTemplate.Output(
                range: segment.range,
                canonical: expression.canonical,
                sources: expression.sources,
                lastFilter: expression.lastFilter,
                isBareVariable: expression.isBareVariable
            )
        )
    }

    private mutating func parseTag(_ segment: TemplateSegment) throws(TemplateFault) {
        var reader = LexemeReader(try TemplateLexeme.lexemes(of: scalars, in: segment.inner), segment)
        let name = try reader.take("the name of a tag")
        let content: String
        switch name.text {
        case "if", "ifnot":
            content = try "\(name.text) \(readCondition(&reader))"
            try push(OpenTag(name: name.text, range: name.range))
        case "elif":
            try checkOpen(["if", "ifnot"], for: name)
            content = try "elif \(readCondition(&reader))"
        case "else":
            try checkOpen(["if", "ifnot"], for: name)
            open[open.count - 1].hadElse = true
            content = "else"
        case "for": content = try readFor(&reader, name)
        case "empty":
            try checkOpen(["for"], for: name)
            open[open.count - 1].hadElse = true
            content = "empty"
        case "endif", "endfor":
            try checkOpen(name.text == "endif" ? ["if", "ifnot"] : ["for"], for: name, isEnd: true)
            open.removeLast()
            content = name.text
        default:
            throw TemplateFault(
                message: "unknown tag '\(name.text)'",
                range: name.range,
                hints: nameHints(name.text, among: Self.tags, calling: "tags")
            )
        }
        try reader.expectEnd()
        canonical += "{%\(segment.leadingSign) \(content) \(segment.trailingSign)%}"
    }

    private static let tags = ["if", "ifnot", "elif", "else", "endif", "for", "empty", "endfor"]

    /// `for NAME in EXPRESSION`, without the `for`.
    private mutating func readFor(
        _ reader: inout LexemeReader,
        _ name: TemplateLexeme
    ) throws(TemplateFault) -> String {
        // Two loops in one another make long texts out of short ones.
        guard !open.contains(where: { $0.name == "for" }) else {
            throw TemplateFault(message: "'for' cannot stand inside another 'for'", range: name.range)
        }
        let variable = try reader.take("the name of a variable")
        guard NameRule.isParameterName(variable.text), !Self.reserved.contains(variable.text) else {
            throw TemplateFault(message: "'\(variable.text)' cannot name a variable", range: variable.range)
        }
        let word = try reader.take("'in'")
        guard word.text == "in", word.kind == .word else {
            throw TemplateFault(message: "expected 'in', found '\(word.text)'", range: word.range)
        }
        let list = try readExpression(&reader)
        guard list.isList else {
            throw TemplateFault(message: "'for' needs a list; make one with 'split'", range: name.range)
        }
        try push(OpenTag(name: "for", range: name.range, variable: variable.text, sources: list.sources))
        return "for \(variable.text) in \(list.canonical)"
    }

    private static let reserved: Set<String> = [
        "and", "or", "not", "in", "if", "else", "true", "false", "forloop", "nil",
    ]

    private mutating func push(_ tag: OpenTag) throws(TemplateFault) {
        guard open.count < Self.depthMax else {
            throw TemplateFault(message: "tags can be at most \(Self.depthMax) deep", range: tag.range)
        }
        open.append(tag)
    }

    private func checkOpen(
        _ names: [String],
        for tag: TemplateLexeme,
        isEnd: Bool = false
    ) throws(TemplateFault) {
        guard let last = open.last, names.contains(last.name), isEnd || !last.hadElse else {
            let message = "'\(tag.text)' has no '\(names[0])' that it belongs to"
            throw TemplateFault(message: message, range: tag.range)
        }
    }

    /// What a name means to a loop around it: the variables that its values come from; nil if it is no loop's name.
    func loopSources(of name: String) -> [String]? {
        if let loop = open.last(where: { $0.name == "for" }) {
            if loop.variable == name { return loop.sources }
            if Self.loopFacts.contains(name) { return [] }
        }
        return nil
    }

    private static let loopFacts: Set<String> = [
        "forloop.first", "forloop.last", "forloop.counter", "forloop.counter0", "forloop.length",
    ]
}

/// Walks through the lexemes of one segment.
struct LexemeReader {
    private var rest: ArraySlice<TemplateLexeme>
    private let segment: TemplateSegment

    init(_ lexemes: [TemplateLexeme], _ segment: TemplateSegment) {
        rest = lexemes[...]
        self.segment = segment
    }

    var next: TemplateLexeme? { rest.first }

    mutating func take(_ expected: String) throws(TemplateFault) -> TemplateLexeme {
        guard let lexeme = rest.popFirst() else {
            throw TemplateFault(message: "expected \(expected) before the end", range: segment.range)
        }
        return lexeme
    }

    /// Takes the next lexeme if it is the sign or word `text`.
    mutating func takeIf(_ text: String, _ kind: TemplateLexeme.Kind) -> Bool {
        guard let next, next.text == text, next.kind == kind else { return false }
        rest.removeFirst()
        return true
    }

    func expectEnd() throws(TemplateFault) {
        guard let next else { return }
        throw TemplateFault(message: "'\(next.text)' was not expected here", range: next.range)
    }
}
