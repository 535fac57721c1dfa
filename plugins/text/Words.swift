// Words of a text, as far as they carry meaning. SPDX-License-Identifier: MIT

/// Words of a text, as far as they carry meaning.
package enum Words {
    /// Every word in lower case, in order: letters and digits, apostrophes inside words, separators inside numbers.
    package static func all(in text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        let characters = Array(text.lowercased())
        for (index, character) in characters.enumerated() {
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if character == "'" || character == "’", word.last?.isLetter == true, next.isLetter {
                word.append("'")
            } else if character == "." || character == ",", word.last?.isNumber == true, next.isNumber {
                word.append(character)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// The stems of the words that carry meaning, in order.
    package static func content(in text: some StringProtocol) -> [String] {
        all(in: text).filter { !stopWords.contains($0) && ($0.count > 1 || $0.first?.isNumber == true) }.map(stem)
    }

    /// The content words of a goal without those that only say what to do, such as "collect what the notes say about".
    package static func subject(of goal: some StringProtocol) -> [String] {
        let words = all(in: goal).filter { !stopWords.contains($0) && !instructionWords.contains($0) && $0.count > 1 }
        return words.map(stem)
    }

    /// The numbers in a text, without thousands separators; words that contain a digit count, such as "q4".
    package static func numbers(in text: some StringProtocol) -> Set<String> {
        Set(all(in: text).filter { $0.contains(where: \.isNumber) }.map { $0.filter { $0 != "," } })
    }

    /// How many words a text has.
    package static func count(in text: some StringProtocol) -> Int {
        text.split(whereSeparator: \.isWhitespace).count { $0.contains { $0.isLetter || $0.isNumber } }
    }

    /// How much two texts say the same: content words in common by content words in either, 0 to 1.
    package static func similarity(_ left: Set<String>, _ right: Set<String>) -> Double {
        let union = left.union(right).count
        return union == 0 ? 0 : Double(left.intersection(right).count) / Double(union)
    }

    /// The word without the commonest English endings, so that "syncs", "synced" and "syncing" are one.
    package static func stem(_ word: String) -> String {
        guard word.count > 3, word.allSatisfy(\.isLetter) || word.contains("'") else { return word }
        var stem = word.hasSuffix("'s") ? String(word.dropLast(2)) : word
        if stem.hasSuffix("ies"), stem.count > 4 {
            stem = stem.dropLast(3) + "y"
        } else if stem.hasSuffix("s"), !["ss", "us", "is"].contains(where: stem.hasSuffix) {
            stem.removeLast()
        }
        for ending in ["ing", "ed"] where stem.hasSuffix(ending) && stem.count >= ending.count + 3 {
            let shorter = stem.dropLast(ending.count)
            guard shorter.contains(where: { "aeiouy".contains($0) }) else { continue }
            stem = String(shorter)
            if let last = stem.last, stem.dropLast().last == last, !"aeiouls".contains(last) { stem.removeLast() }
            break
        }
        if stem.hasSuffix("e"), stem.count > 3 { stem.removeLast() }
        return stem
    }

    private static let stopWords: Set<String> = Set(
        """
        a about above after again against all also am an and any are aren't as at be because been before being \
        below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down \
        during each few for from further had hadn't has hasn't have haven't having he her here hers herself him \
        himself his how i if in into is isn't it it's its itself just let's me more most mustn't my myself no nor \
        not of off on once only or other our ours ourselves out over own same shan't she should shouldn't so some \
        such than that that's the their theirs them themselves then there there's these they this those through \
        to too under until up very was wasn't we were weren't what what's when where which while who whom why \
        will with won't would wouldn't you your yours yourself yourselves may might must shall upon via per yet
        """.split(separator: " ").map(String.init)
    )

    private static let instructionWords: Set<String> = Set(
        """
        answer article collect compile describe document documents draft explain file files find findings folder \
        gather give goal information list look material materials note notes paragraph post posts prepare produce \
        quote quotes report research review say says search section sections source sources step summarise \
        summarize summary tell text texts topic using want word words write
        """.split(separator: " ").map(String.init)
    )
}
