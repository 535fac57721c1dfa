// The address of a model server.

package import SystemPackage

/// The base URL of an OpenAI-compatible server, such as `http://127.0.0.1:8080/v1`.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// As it is shown to people: without a trailing slash.
    package let description: String
    /// What paths are appended to.
    private let base: String

    /// Nil unless `url` is an `http`, `https` or `http+unix` URL with a host and without user name, password, query and
    /// fragment: those may hold secrets, and this value is printed.
    package init?(_ url: String) {
        let lowered = url.lowercased()
        guard let scheme = ["http://", "https://", "http+unix://"].first(where: lowered.hasPrefix) else { return nil }
        var rest = url.dropFirst(scheme.count)
        while rest.last == "/" { rest.removeLast() }
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, host.first != ":", rest.utf8.allSatisfy(Self.isPlain) else { return nil }
        self.base = scheme + rest
        self.description = base
    }

    /// A server on the Unix socket at `path`.
    package init(unixSocket path: FilePath, under prefix: String = "/v1") {
        let host = path.string.utf8.map { byte in
            Self.isUnreserved(byte) ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte)
        }
        self.base = "http+unix://\(host.joined())\(prefix)"
        self.description = path.string
    }

    /// OpenAI itself.
    static let openAI = Endpoint(checked: "https://api.openai.com/v1")

    private init(checked url: String) {
        self.base = url
        self.description = url
    }

    var isEncrypted: Bool { base.hasPrefix("https:") }

    func url(_ path: String) -> String { base + path }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"@?#\"<>\\^`{|}".utf8.contains(byte)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}

/// Two lowercase hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
}
