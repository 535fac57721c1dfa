// Numbers, durations and times as people read them.

import BatonTerminal
import Testing

@Suite("Format")
struct FormatTests {
    @Test(
        "durations",
        arguments: [
            (.zero, "0 ms"), (.microseconds(400), "0 ms"), (.milliseconds(340), "340 ms"),
            (.microseconds(999_499), "999 ms"), (.microseconds(999_500), "1.0 s"), (.milliseconds(1449), "1.4 s"),
            (.milliseconds(1450), "1.5 s"), (.milliseconds(14_200), "14.2 s"), (.milliseconds(59_949), "59.9 s"),
            (.milliseconds(59_950), "1 min 0 s"), (.seconds(125), "2 min 5 s"), (.seconds(3599.6), "1 h 0 min"),
            (.seconds(3720), "1 h 2 min"), (.seconds(86_400 * 3 + 3600 * 4), "3 d 4 h"), (.seconds(-5), "0 ms"),
            (.seconds(Int64.max / 2), "10675199 d 2 h"),
        ] as [(Duration, String)]
    )
    func durations(_ duration: Duration, _ expected: String) {
        #expect(Format.duration(duration) == expected)
    }

    @Test(
        "elapsed time",
        arguments: [
            (.milliseconds(999), "0 s"), (.milliseconds(8999), "8 s"), (.seconds(125), "2 min 5 s"),
            (.seconds(-1), "0 s"),
        ] as [(Duration, String)])
    func elapsed(_ duration: Duration, _ expected: String) {
        #expect(Format.elapsed(duration) == expected)
    }

    @Test(
        "numbers and things",
        arguments: [
            (0, "0 steps"), (1, "1 step"), (2, "2 steps"), (-1, "-1 steps"), (999, "999 steps"), (1000, "1 000 steps"),
            (12_300, "12 300 steps"), (1_234_567, "1 234 567 steps"), (.min, "-9 223 372 036 854 775 808 steps"),
        ]
    )
    func counts(_ value: Int, _ expected: String) {
        #expect(Format.count(value, "step") == expected)
    }

    @Test("plurals of their own")
    func plurals() {
        #expect(Format.count(1, "entry", "entries") == "1 entry")
        #expect(Format.count(3, "entry", "entries") == "3 entries")
    }

    @Test(
        "sizes",
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (1023, "1 023 bytes"), (1024, "1.0 KiB"), (11_264, "11.0 KiB"),
            (1_048_524, "1 023.9 KiB"), (1_048_575, "1.0 MiB"), (1 << 30, "1.0 GiB"), (5 << 50, "5 120.0 TiB"),
        ]
    )
    func bytes(_ value: Int, _ expected: String) {
        #expect(Format.bytes(value) == expected)
    }

    @Test(
        "times that passed",
        arguments: [
            (.seconds(-100), "just now"), (.seconds(9), "just now"), (.seconds(10), "10 s ago"),
            (.seconds(59), "59 s ago"),
            (.seconds(60), "1 min ago"), (.seconds(3599), "59 min ago"), (.seconds(3600), "1 h ago"),
            (.seconds(86_399), "23 h ago"), (.seconds(86_400), "1 day ago"), (.seconds(59 * 86_400), "59 days ago"),
            (.seconds(60 * 86_400), "2 months ago"), (.seconds(729 * 86_400), "24 months ago"),
            (.seconds(730 * 86_400), "2 years ago"),
        ] as [(Duration, String)]
    )
    func ago(_ duration: Duration, _ expected: String) {
        #expect(Format.ago(duration) == expected)
    }
}
