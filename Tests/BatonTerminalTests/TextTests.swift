// Widths, sanitising, styles.

import BatonTerminal
import Testing

@Suite("Text on a terminal")
struct TextTests {
    @Test(
        "takes as many columns as terminals give it",
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本語", 6), ("한국", 4), ("ｆｕｌｌ", 8), ("ｱ", 1), ("🦉", 2),
            ("👩‍👩‍👧", 2), ("🇨🇭", 2), ("☀", 1), ("☀️", 2), ("a\u{200B}b", 2),
            ("a\tb", 2), ("—…·", 3), ("한", 2), ("́", 0),
        ]
    )
    func widths(_ text: String, _ width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test(
        "is cut to a width",
        arguments: [
            ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abc", 1, "…"), ("abc", 0, ""), ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("日本語", 2, "…"), ("", 0, ""), ("abc", -1, ""),
        ]
    )
    func cut(_ text: String, _ width: Int, _ expected: String) {
        #expect(text.truncated(toWidth: width) == expected)
        #expect(StyledText(text, .id).truncated(toWidth: width).plain == expected)
    }

    @Test("is cut across its parts and keeps their meaning")
    func cutParts() {
        let text: StyledText = "\("ab", .id)\("cd", .error)ef"

        #expect(text.truncated(toWidth: 6) == text)
        #expect(text.truncated(toWidth: 5).rendered(color: true) == "\u{1B}[34mab\u{1B}[0m\u{1B}[1;31mcd\u{1B}[0m…")
        #expect(text.truncated(toWidth: 4).plain == "abc…")
        #expect(text.truncated(toWidth: 2).plain == "a…")
    }

    @Test(
        "loses what would steer the terminal",
        arguments: [
            ("plain\n\ttext é 日", "plain\n\ttext é 日"),
            ("\u{1B}[31mred\u{1B}[0m", "red"),
            ("\u{1B}[2J\u{1B}[1;1Hhome", "home"),
            ("\u{1B}]0;title\u{7}a", "a"),
            ("\u{1B}]52;c;AAAA\u{1B}\\a", "a"),
            ("\u{1B}]never closed\nnext", "\nnext"),
            ("\u{1B}P1$tx\u{9C}a", "a"),
            ("\u{1B}_x\u{1B}\\\u{1B}^y\u{1B}\\\u{1B}Xz\u{1B}\\a", "a"),
            ("\u{9B}31mred", "red"),
            ("\u{9D}0;t\u{9C}a", "a"),
            ("a\u{1B}", "a"),
            ("a\u{1B}[", "a"),
            ("a\u{1B}[31", "a"),
            ("\u{1B}[31\nb", "\nb"),
            ("\u{1B}(Ba", "a"),
            ("\u{1B}ca", "a"),
            ("a\u{8}\u{0}\u{7}\u{7F}b", "ab"),
            ("a\r\nb\rc", "a\nb\nc"),
            ("\u{202E}cba\u{2066}\u{200F}", "cba"),
            ("\u{1B}\u{1B}[31m", ""),
        ]
    )
    func sanitizing(_ text: String, _ expected: String) {
        #expect(sanitized(text) == expected)
    }

    @Test("is one line where one is needed")
    func oneLine() {
        #expect(sanitizedLine("a\nb\tc\r\nd") == "a b c d")
    }

    @Test("is harmless however it is interpolated")
    func interpolation() {
        let evil = "\u{1B}[2Jx"

        #expect(("\(evil) \(evil, .id)" as StyledText).plain == "x x")
        #expect(StyledText(evil).plain == "x")
        #expect(
            ("\("a", .addition)\("b", .removal)" as StyledText).rendered(color: true)
                == "\u{1B}[32ma\u{1B}[0m\u{1B}[31mb\u{1B}[0m")
        #expect(("\("a", .addition)b" as StyledText).rendered(color: false) == "ab")
    }
}
