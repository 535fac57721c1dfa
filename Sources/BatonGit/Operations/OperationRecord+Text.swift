// An operation as lines of text, which `git show` can show too.

import BatonCore
import SystemPackage

extension OperationRecord {
    /// The name of this format and its version; a record of another one is not read.
    private static let firstLine = "baton-operation 1"

    /// The record as text; read again by ``init(text:)``.
    ///
    /// A line has a word and its value. A path's line has six fields after the path: HEAD, index and file, each before
    /// and after; `-` stands for nothing.
    var text: String {
        var lines = [Self.firstLine, "kind \(kind.rawValue)", "time \(time)"]
        lines.append("title \(CommitMessage.oneLine(title))")
        lines += steps.map { "step \($0)" }
        lines.append("reference \(reference)")
        let ids: [(String, ObjectID?)] = [
            ("old", old), ("new", new), ("previous", previous), ("of", of), ("under", under), ("redo-under", redoUnder),
        ]
        for case (let word, let id?) in ids { lines.append("\(word) \(id)") }
        for path in paths {
            let fields = [
                Self.text(path.before.head), Self.text(path.after.head), Self.text(path.before.index),
                Self.text(path.after.index), Self.text(path.before.file), Self.text(path.after.file),
            ]
            lines.append("path \(Self.escaped(path.path)) \(fields.joined(separator: " "))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Nil if `text` is not a record of this version.
    init?(text: String) {
        let lines = text.split(separator: "\n")
        guard lines.first == Self.firstLine[...] else { return nil }
        var words: [Substring: Substring] = [:]
        steps = []
        paths = []
        for line in lines.dropFirst() {
            guard let blank = line.firstIndex(of: " ") else { return nil }
            let value = line[line.index(after: blank)...]
            switch line[..<blank] {
            case "step":
                let parts = value.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, let run = RunID(parts[0]), let step = StepName(parts[1]) else { return nil }
                steps.append(StepOfRun(run, step))
            case "path":
                guard let path = RecordedPath(fields: value.split(separator: " ")) else { return nil }
                paths.append(path)
            case let word: words[word] = value
            }
        }
        guard let kind = words["kind"].flatMap({ RepositoryOperation.Kind(rawValue: String($0)) }),
            let time = words["time"].flatMap({ Int($0) }), let reference = words["reference"]
        else { return nil }
        self.kind = kind
        self.time = time
        self.title = String(words["title"] ?? "")
        self.reference = String(reference)
        old = words["old"].flatMap { ObjectID(hex: $0) }
        new = words["new"].flatMap { ObjectID(hex: $0) }
        previous = words["previous"].flatMap { ObjectID(hex: $0) }
        of = words["of"].flatMap { ObjectID(hex: $0) }
        under = words["under"].flatMap { ObjectID(hex: $0) }
        redoUnder = words["redo-under"].flatMap { ObjectID(hex: $0) }
    }

    // MARK: Fields

    private static func text(_ entry: TreeEntry?) -> String {
        entry.map { "\(String($0.mode.rawValue, radix: 8)):\($0.id)" } ?? "-"
    }

    private static func text(_ file: RecordedFile?) -> String {
        file.map {
            "\(String($0.mode.rawValue, radix: 8)):\($0.content):\(String($0.permissions, radix: 8))"
        } ?? "-"
    }

    /// The path with every byte but plain ASCII as `%` and two digits.
    static func escaped(_ path: FilePath) -> String {
        path.bytes.reduce(into: "") { text, byte in
            if (0x21...0x7E).contains(byte), byte != 0x25 {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
    }

    /// Nil if there is a `%` without two digits.
    static func unescaped(_ text: Substring) -> FilePath? {
        var bytes: [CChar] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(CChar(bitPattern: byte))
                continue
            }
            guard let value = UInt8(Substring(rest.prefix(2)), radix: 16), rest.count >= 2 else { return nil }
            bytes.append(CChar(bitPattern: value))
            rest = rest.dropFirst(2)
        }
        return FilePath(platformString: bytes + [0])
    }
}

extension RecordedPath {
    fileprivate init?(fields: [Substring]) {
        guard fields.count == 7, let path = OperationRecord.unescaped(fields[0]) else { return nil }
        let entries = fields[1...4].map(Self.entry)
        let files = fields[5...6].map(Self.file)
        guard
            case (.some(let headBefore), .some(let headAfter), .some(let indexBefore), .some(let indexAfter)) =
                (entries[0], entries[1], entries[2], entries[3]),
            case (.some(let fileBefore), .some(let fileAfter)) = (files[0], files[1])
        else { return nil }
        self.path = path
        before = RecordedStates(head: headBefore, index: indexBefore, file: fileBefore)
        after = RecordedStates(head: headAfter, index: indexAfter, file: fileAfter)
    }

    /// Nil inside for `-`, nil outside for what is neither.
    private static func entry(_ text: Substring) -> TreeEntry?? {
        if text == "-" { return .some(nil) }
        let parts = text.split(separator: ":")
        guard parts.count == 2, let mode = UInt32(parts[0], radix: 8), let id = ObjectID(hex: parts[1]),
            let entry = TreeEntry(mode: mode, id: id)
        else { return nil }
        return .some(entry)
    }

    private static func file(_ text: Substring) -> RecordedFile?? {
        if text == "-" { return .some(nil) }
        let parts = text.split(separator: ":")
        guard parts.count == 3, let mode = UInt32(parts[0], radix: 8).flatMap(TreeEntry.Mode.init(rawValue:)),
            let content = ObjectID(hex: parts[1]), let permissions = UInt16(parts[2], radix: 8)
        else { return nil }
        return .some(RecordedFile(mode: mode, permissions: permissions, content: content))
    }
}
