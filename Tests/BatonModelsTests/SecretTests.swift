// Keys that nothing shows.

import SystemPackage
import Testing

@testable import BatonModels

@Suite("Secrets")
struct SecretTests {
    private let secret = Secret(" sk-canary-1234\n")

    @Test("nothing but reveal() shows it")
    func hidden() throws {
        let secret = try #require(secret)
        var dumped = ""
        dump(ModelKey(secret, from: "MY_KEY"), to: &dumped)
        let shown =
            ["\(secret)", String(reflecting: secret), String(describing: Optional(secret)), dumped]
            + ["\(ModelKey(secret, from: "MY_KEY"))"]

        for text in shown { #expect(!text.contains("canary"), "\(text)") }
        #expect("\(secret)" == "[secret]")
        #expect(secret.reveal() == "sk-canary-1234")
    }

    @Test(
        "an empty variable holds no key, nor one with what cannot be sent",
        arguments: [
            "", " ", "\n", "a\r\nx: y", "a b", "schlüssel", "a\u{0}b",
        ])
    func empty(text: String) {
        #expect(Secret(text) == nil)
    }

    @Test("is taken out of other texts, each time it occurs")
    func redaction() throws {
        let secret = try #require(secret)

        #expect(secret.redacted(from: "a sk-canary-1234, sk-canary-1234") == "a [secret], [secret]")
        #expect(secret.redacted(from: "") == "")
    }

    @Test(
        "foreign text is cut by characters, the mark included",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("  a \t\n b  ", 6, "a b"),
            ("\u{202E}a\u{7}b\u{0}", 6, "ab"),
            ("👩‍👩‍👧é", 2, "👩‍👩‍👧é"),
        ])
    func foreign(text: String, limit: Int, line: String) {
        #expect(foreignLine(text, limit: limit) == line)
    }
}

@Suite("Endpoint")
struct EndpointTests {
    @Test(
        "takes URLs of the three kinds",
        arguments: [
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat"),
            ("https://example.org/api/v1//", "https://example.org/api/v1/chat"),
            ("HTTP://localhost", "http://localhost/chat"),
            ("http+unix://%2Frun%2Fa.sock/v1", "http+unix://%2Frun%2Fa.sock/v1/chat"),
            ("http://[::1]:80/v1", "http://[::1]:80/v1/chat"),
        ])
    func good(url: String, path: String) throws {
        #expect(try #require(Endpoint(url)).url("/chat") == path)
    }

    @Test(
        "refuses what is no server's address or could hold a secret",
        arguments: [
            "", "localhost:8080", "ftp://a", "http://", "http:///v1", "http://:80", "https://me:word@example.org",
            "https://example.org/?key=1", "https://example.org/#a", "http://a b", "http://a\r\nx: y",
            "http://ä.example",
        ])
    func bad(url: String) {
        #expect(Endpoint(url) == nil)
    }

    @Test("a socket's path is shown as it is and sent in code")
    func socket() {
        let endpoint = Endpoint(unixSocket: "/run/user/1000/baton/m 1.sock")

        #expect(endpoint.description == "/run/user/1000/baton/m 1.sock")
        #expect(endpoint.url("/models") == "http+unix://%2frun%2fuser%2f1000%2fbaton%2fm%201.sock/v1/models")
    }
}
