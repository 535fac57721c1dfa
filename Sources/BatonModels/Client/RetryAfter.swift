// Reads the Retry-After header.

/// How long a `Retry-After` header asks to wait, never less than nothing; nil if it is neither seconds nor a date.
///
/// A date is read only in the form that servers must send, `Sun, 06 Nov 1994 08:49:37 GMT`.
/// `now` counts seconds since 1970. Source: RFC 9110, sections 5.6.7 and 10.2.3.
func retryAfter(_ value: String, now: Int) -> Duration? {
    let value = value.split(separator: " ").joined(separator: " ")
    if !value.isEmpty, value.utf8.allSatisfy({ (48...57).contains($0) }) {
        return .seconds(min(Int(value) ?? .max, 1_000_000_000))
    }
    return httpDate(value).map { .seconds(max(0, $0 - now)) }
}

/// Seconds since 1970, or nil if `text` is not a date in the preferred form.
func httpDate(_ text: some StringProtocol) -> Int? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT",
        let day = Int(parts[1]), (1...31).contains(day),
        let month = months.firstIndex(of: String(parts[2])),
        let year = Int(parts[3]), (1970...9999).contains(year)
    else { return nil }
    let clock = parts[4].split(separator: ":").compactMap { Int($0) }
    guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]) else {
        return nil
    }
    return days(year, month + 1, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
}

/// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that the leap day comes last.
private func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let years = month > 2 ? year : year - 1
    let monthsSinceMarch = (month + 9) % 12
    let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
    return years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear - 719_468
}
