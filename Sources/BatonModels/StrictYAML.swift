// Reads small YAML files in which every key must be known, with positions in the errors.

import BatonCore
import FoundationEssentials
import SystemPackage
import Yams

/// Reads one YAML file of settings.
///
/// All errors are ``BatonError`` with code `invalidInput` and end with `FILE:LINE:COLUMN`; columns count Unicode
/// scalars.
struct StrictYAML {
    /// What errors call the file.
    let file: String

    /// Bytes.
    static let sizeMax = 16 << 20
    /// Items, counted as often as aliases repeat them: a few lines can stand for billions.
    static let itemsMax = 1_000_000
    /// Lists and mappings in one another.
    static let depthMax = 40

    /// The root of `text`; nil if it holds nothing.
    func root(of text: String) throws(BatonError) -> Node? {
        do {
            let node = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
            if let node {
                var items = 0
                try checkSize(node, depth: 1, items: &items)
            }
            return node
        } catch let error as BatonError {
            throw error
        } catch let error as YamlError {
            throw syntaxProblem(error)
        } catch {
            throw BatonError(.invalidInput, "'\(file)' is not YAML")
        }
    }

    func problem(_ message: String, at node: Node, hints: [String] = []) -> BatonError {
        problem(message, at: node.mark, hints: hints)
    }

    /// The members of the mapping `node`, which errors call `what`, such as `an answer`.
    func members(of node: Node, known: [String], what: String) throws(BatonError) -> [String: Node] {
        var members: [String: Node] = [:]
        for (key, value) in try entries(of: node, what: what) {
            guard let name = key.scalar?.string, known.contains(name) else {
                throw unknownKey(key, known, what)
            }
            members[name] = value
        }
        return members
    }

    /// The keys and values of the mapping `node`, in the file's order.
    func entries(of node: Node, what: String) throws(BatonError) -> [(key: Node, value: Node)] {
        guard let mapping = node.mapping else { throw problem("\(what) must be a mapping", at: node) }
        return mapping.map { (key: $0.key, value: $0.value) }
    }

    func list(_ node: Node, _ name: String) throws(BatonError) -> [Node] {
        guard let sequence = node.sequence else { throw problem("'\(name)' must be a list", at: node) }
        return Array(sequence)
    }

    /// Any scalar that is not empty.
    func text(_ node: Node?, _ name: String) throws(BatonError) -> String? {
        guard let node else { return nil }
        guard let scalar = node.scalar, !scalar.isNull, !scalar.string.isEmpty else {
            throw problem("'\(name)' must be text", at: node)
        }
        return scalar.string
    }

    func integer(_ node: Node?, _ name: String, _ range: ClosedRange<Int>) throws(BatonError) -> Int? {
        guard let node else { return nil }
        guard let scalar = node.scalar, scalar.style == .plain, let value = Int(scalar.string), range.contains(value)
        else {
            throw problem(
                "'\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: node
            )
        }
        return value
    }

    /// Any item as JSON; an unquoted scalar is a number, `true`, `false` or `null` if it looks like one.
    func json(_ node: Node) throws(BatonError) -> JSONValue {
        switch node {
        case .scalar(let scalar): return scalar.json
        case .sequence(let sequence):
            var values: [JSONValue] = []
            for item in sequence { values.append(try json(item)) }
            return .array(values)
        case .mapping(let mapping):
            var values: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard let name = key.scalar?.string else { throw problem("a key must be text", at: key) }
                values[name] = try json(value)
            }
            return .object(values)
        case .alias: throw problem("this alias refers to itself", at: node)
        }
    }

    private func checkSize(_ node: Node, depth: Int, items: inout Int) throws(BatonError) {
        items += 1
        guard items <= Self.itemsMax else {
            throw BatonError(.invalidInput, "'\(file)' has more than \(Self.itemsMax) items, aliases counted as copies")
        }
        guard depth <= Self.depthMax else {
            throw problem("items can be nested at most \(Self.depthMax) deep", at: node)
        }
        switch node {
        case .scalar, .alias: break
        case .sequence(let sequence):
            for item in sequence { try checkSize(item, depth: depth + 1, items: &items) }
        case .mapping(let mapping):
            for (key, value) in mapping {
                try checkSize(key, depth: depth + 1, items: &items)
                try checkSize(value, depth: depth + 1, items: &items)
            }
        }
    }

    private func unknownKey(_ key: Node, _ known: [String], _ what: String) -> BatonError {
        let name = foreignLine(key.scalar?.string ?? "…", limit: 40)
        let near = nearestName(to: name, among: known).map { ["Did you mean '\($0)'?"] }
        let all = known.map { "'\($0)'" }.joined(separator: ", ")
        return problem(
            "unknown key '\(name)' in \(what)", at: key,
            hints: near ?? ["What can stand there: \(all)."]
        )
    }

    private func problem(_ message: String, at mark: Mark?, hints: [String] = []) -> BatonError {
        BatonError(.invalidInput, "\(message) at \(file):\(mark?.line ?? 1):\(mark?.column ?? 1)", hints: hints)
    }

    private func syntaxProblem(_ error: YamlError) -> BatonError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.problem(foreignLine(problem), at: mark)
        case .duplicatedKeysInMapping(let names, let context):
            self.problem(
                "key '\(foreignLine(names.first ?? "", limit: 40))' stands twice in the mapping", at: context.mark)
        default:
            BatonError(.invalidInput, "'\(file)' is not YAML")
        }
    }
}

extension StrictYAML {
    /// The text of the file at `path`, which errors call `what`, such as `script of answers`.
    static func read(_ path: FilePath, what: String) throws(BatonError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, upTo: sizeMax + 1)
        } catch {
            let code: BatonError.Code = error == .noSuchFileOrDirectory ? .notFound : .invalidInput
            throw BatonError(code, "cannot read the \(what) '\(path)'", causes: [systemReason(error.rawValue)])
        }
        guard bytes.count <= sizeMax else {
            throw BatonError(.invalidInput, "the \(what) '\(path)' is larger than \(sizeMax >> 20) MiB")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BatonError(.invalidInput, "the \(what) '\(path)' is not UTF-8")
        }
        return text
    }
}

/// The first `limit` bytes of a file.
func readFile(_ path: FilePath, upTo limit: Int) throws(Errno) -> [UInt8] {
    do {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            while bytes.count < limit {
                let piece = try [UInt8](unsafeUninitializedCapacity: min(65_536, limit - bytes.count)) {
                    buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if piece.isEmpty { break }
                bytes += piece
            }
            return bytes
        }
    } catch {
        // SystemPackage throws nothing else.
        throw error as? Errno ?? .ioError
    }
}

extension Node.Scalar {
    fileprivate var isNull: Bool { style == .plain && ["", "~", "null", "Null", "NULL"].contains(string) }

    fileprivate var json: JSONValue {
        guard style == .plain else { return .string(string) }
        if isNull { return .null }
        if let value = ["true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false][
            string]
        {
            return .bool(value)
        }
        if let value = Int(string) { return .integer(value) }
        let startsLikeNumber = string.first.map { $0.isNumber || "+-.".contains($0) } ?? false
        if startsLikeNumber, let value = Double(string), value.isFinite { return .number(value) }
        return .string(string)
    }
}
