// Numbers, durations and times as people read them.

/// Numbers with units, for people; JSON and logs get exact values instead.
package enum Format {
    /// `340 ms`, `14.2 s`, `2 min 5 s`, `1 h 2 min`, `3 d 4 h`; a negative duration counts as 0.
    package static func duration(_ duration: Duration) -> String {
        let milliseconds = milliseconds(in: duration, rounding: 1)
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let tenths = Format.milliseconds(in: duration, rounding: 100) / 100
        if tenths < 600 { return "\(tenths / 10).\(tenths % 10) s" }
        return wholeUnits(seconds: Format.milliseconds(in: duration, rounding: 1000) / 1000)
    }

    /// Time that goes on, in whole seconds that have passed: `8 s`, `2 min 5 s`.
    package static func elapsed(_ duration: Duration) -> String {
        wholeUnits(seconds: max(0, Int(duration.components.seconds)))
    }

    /// A number in groups of three digits: `12 300`, `-1 000`.
    package static func number(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var grouped = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped += " " }
            grouped.append(digit)
        }
        return grouped
    }

    /// A number of things: `1 step`, `2 steps`, `12 300 tokens`.
    ///
    /// `plural` is the form for all numbers but 1; without it, `singular` and an `s`.
    package static func count(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(number(value)) \(value == 1 ? singular : plural ?? singular + "s")"
    }

    /// A size in units of 1024, with one decimal from KiB on: `512 bytes`, `11.0 KiB`.
    package static func bytes(_ value: Int) -> String {
        guard value >= 1024 else { return count(value, "byte") }
        var amount = Double(value)
        var unit = 0
        while amount >= 1023.95, unit < 4 {
            amount /= 1024
            unit += 1
        }
        let tenths = Int((amount * 10).rounded())
        return "\(number(tenths / 10)).\(tenths % 10) \(["", "KiB", "MiB", "GiB", "TiB"][unit])"
    }

    /// How long ago something was: `just now`, `45 s ago`, `2 min ago`, `3 h ago`, `1 day ago`, `2 years ago`.
    ///
    /// Times in the future, which clocks that disagree give, count as now.
    package static func ago(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        switch seconds {
        case ..<10: return "just now"
        case ..<60: return "\(seconds) s ago"
        case ..<3600: return "\(seconds / 60) min ago"
        case ..<86_400: return "\(seconds / 3600) h ago"
        case ..<(60 * 86_400): return "\(count(seconds / 86_400, "day")) ago"
        case ..<(730 * 86_400): return "\(count(seconds / (30 * 86_400), "month")) ago"
        default: return "\(count(seconds / (365 * 86_400), "year")) ago"
        }
    }

    private static func wholeUnits(seconds: Int) -> String {
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if days > 0 { return "\(days) d \(hours % 24) h" }
        if hours > 0 { return "\(hours) h \(minutes % 60) min" }
        if minutes > 0 { return "\(minutes) min \(seconds % 60) s" }
        return "\(seconds) s"
    }

    /// Milliseconds in `duration`, rounded to a multiple of `step`.
    private static func milliseconds(in duration: Duration, rounding step: Int) -> Int {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let microseconds = min(Int(seconds), Int.max / 10_000_000) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
        return (microseconds + step * 500) / (step * 1000) * step
    }
}
