// The filters of templates, and what they do to text.

import Foundation
import Stencil

/// The filters that templates may use.
enum TemplateFilter: String, CaseIterable {
    // Ours.
    case slug, shell
    // Stencil's.
    case capitalize, uppercase, lowercase, `default`, join, split, indent

    var argumentCounts: ClosedRange<Int> {
        switch self {
        case .slug, .shell, .capitalize, .uppercase, .lowercase: 0...0
        case .default: 1...1
        case .join, .split, .indent: 0...1
        }
    }

    var argumentRule: String {
        switch argumentCounts {
        case 0...0: "no arguments"
        case 1...1: "one argument"
        default: "at most one argument"
        }
    }

    /// Whether what comes out is harmless in a shell line.
    var isShellSafe: Bool { self == .slug || self == .shell }
}

/// `text` as a single word of a shell line, whatever is in it.
///
/// Source: POSIX.1-2017, Shell Command Language, 2.2.2: nothing is special between single quotes.
package func shellQuoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
}

/// `text` as a part of a file name: small ASCII letters and digits with `-` between the words.
///
/// Accents go, other alphabets are written in Latin letters where that is simple, and letters of writings that are not
/// known become their code points, so that different titles stay different. At most 60 characters, cut at a word; never
/// empty.
package func slug(_ text: String) -> String {
    var words: [String] = []
    var word = ""
    func endWord() {
        if !word.isEmpty { words.append(word) }
        word = ""
    }
    for scalar in text.lowercased().unicodeScalars.flatMap(decomposed) {
        switch scalar {
        case "a"..."z", "0"..."9": word.unicodeScalars.append(scalar)
        case "'", "\u{2019}": break  // "don't" is one word.
        case _ where Transliteration.latin[scalar] != nil: word += Transliteration.latin[scalar] ?? ""
        case _ where scalar.properties.canonicalCombiningClass != .notReordered: break
        case _ where scalar.properties.isAlphabetic:
            endWord()
            words.append(String(scalar.value, radix: 16))
        default: endWord()
        }
    }
    endWord()
    return shortened(words)
}

/// A letter and its accents; Korean syllables stay whole.
private func decomposed(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    if scalar.isASCII || (0xAC00...0xD7A3).contains(scalar.value) { return [scalar] }
    return Array(String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars)
}

private func shortened(_ words: [String]) -> String {
    let lengthMax = 60
    var slug = ""
    for word in words {
        if slug.isEmpty {
            slug = String(word.prefix(lengthMax))
        } else if slug.count + 1 + word.count <= lengthMax {
            slug += "-" + word
        } else {
            break
        }
    }
    return slug.isEmpty ? "untitled" : slug
}

/// Letters that do not fall apart into an ASCII letter and accents.
private enum Transliteration {
    static let latin: [Unicode.Scalar: String] = {
        var table: [Unicode.Scalar: String] = [
            "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h",
            "ŋ": "ng", "ŧ": "t",
        ]
        add("абвгдезийклмнопрстуфцыэіґ", "a b v g d e z i i k l m n o p r s t u f ts y e i g", to: &table)
        add("жхчшщюяєъь", "zh kh ch sh shch iu ia ie  ", to: &table)
        add("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o", to: &table)
        return table
    }()

    private static func add(_ letters: String, _ sounds: String, to table: inout [Unicode.Scalar: String]) {
        let sounds = sounds.split(separator: " ", omittingEmptySubsequences: false)
        for (letter, sound) in zip(letters.unicodeScalars, sounds) { table[letter] = String(sound) }
    }
}

extension Stencil.Extension {
    /// Baton's own filters.
    static func batonFilters() -> Stencil.Extension {
        let filters = Stencil.Extension()
        filters.registerFilter(TemplateFilter.slug.rawValue) { (value: Any?) in slug(text(of: value)) }
        filters.registerFilter(TemplateFilter.shell.rawValue) { (value: Any?) in shellQuoted(text(of: value)) }
        return filters
    }

    private static func text(of value: Any?) -> String { value.map { "\($0)" } ?? "" }
}
