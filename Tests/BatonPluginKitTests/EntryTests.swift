// The C tables of a plugin, called as a host calls them.

import BatonPluginKit
import CBatonPlugin
import Testing

@Suite("Plugin entry")
struct EntryTests {
    private let factory: UnsafePointer<baton_role_factory>

    init() throws {
        let table = try #require(plugin.entry.pointee.get_factory(BATON_ROLE_FACTORY))
        factory = table.assumingMemoryBound(to: baton_role_factory.self)
    }

    @Test("says its version, and may be set up and taken down more than once")
    func entry() {
        let entry = plugin.entry.pointee
        var info = baton_host_info()
        info.struct_size = UInt32(MemoryLayout<baton_host_info>.size)

        #expect(entry.struct_size == 40)
        #expect(entry.abi_major == 1)
        #expect(entry.abi_minor == 0)
        #expect(entry.`init`(&info) == BATON_OK)
        #expect(entry.`init`(&info) == BATON_OK)
        entry.`deinit`()
        entry.`deinit`()
        #expect(entry.`init`(&info) == BATON_OK)
    }

    @Test("an unknown id gives nothing")
    func unknown() {
        let fake = FakeTables()

        #expect(plugin.entry.pointee.get_factory("baton.role-factory/2") == nil)
        #expect(plugin.entry.pointee.get_factory("") == nil)
        #expect(factory.pointee.descriptor(2) == nil)
        #expect(factory.pointee.descriptor(.max) == nil)
        #expect(factory.pointee.create(fake.host, "org.example.probe+garbage") == nil)
        #expect(factory.pointee.create(fake.host, "") == nil)
    }

    @Test("describes its roles")
    func descriptors() throws {
        #expect(factory.pointee.count() == 2)
        let first = try #require(factory.pointee.descriptor(0))
        let probe = first.pointee
        #expect(factory.pointee.descriptor(0) == first)
        #expect(probe.struct_size == 184)
        #expect(string(probe.id) == "org.example.probe")
        #expect(string(probe.name) == "probe")
        #expect(string(probe.version) == "1.2.3")
        #expect(string(probe.kind) == "other")
        #expect(string(probe.license) == "MIT")
        #expect(probe.vendor.ptr == nil)
        #expect(
            string(probe.config_schema) == """
                {"additionalProperties":false,"properties":{"act":{"type":"string"},"number":{"type":"integer"}},\
                "type":"object"}
                """
        )
        #expect(probe.permissions[0].map { String(cString: $0) } == "fs.read")
        #expect(probe.permissions[1].map { String(cString: $0) } == "model.call")
        #expect(probe.permissions[2] == nil)
        #expect(probe.features[0].map { String(cString: $0) } == "probing")
        #expect(probe.features[1] == nil)
        let plain = try #require(factory.pointee.descriptor(1)).pointee
        #expect(plain.permissions == nil)
        #expect(plain.features == nil)
        #expect(plain.config_schema.ptr == nil)
    }

    @Test("makes no call of the host while a role is made")
    func create() throws {
        // A table of which not even the first function may be read.
        let fake = FakeTables(size: 0)
        let role = try #require(factory.pointee.create(fake.host, "org.example.probe"))

        #expect(role.pointee.struct_size == 64)
        #expect(role.pointee.desc == factory.pointee.descriptor(0))
        #expect(role.pointee.get_extension(role, "baton.role.selftest/1") == nil)
        role.pointee.destroy(role)
    }

    @Test("runs a step and emits its result")
    func run() throws {
        let fake = FakeTables()

        let change = { (step: inout baton_step) in
            step.flags = UInt32(BATON_STEP_DRY_RUN)
            step.attempt = 2
            step.seed = 7
            step.deadline_unix_ns = 99
        }
        let status = try perform(fake, settings: #"{"act":"describe"}"#, change: change)

        #expect(status == BATON_OK)
        #expect(fake.errors.isEmpty)
        #expect(
            fake.emitted == [
                """
                result {"outputs":{"heard":"Do it|[\\"facts/researcher/[\\\\\\"r.md\\\\\\"]/3\\"]|\
                [\\"notes/**\\"]|[\\"p.md\\"]|\
                600|20000|draft|ab12|2|7|99|true|false|/tmp|-"},"schema":"baton.result/1","summary":"probe"}
                """
            ]
        )
    }

    @Test("runs without settings, with none, and twice in a row")
    func withoutSettings() throws {
        let fake = FakeTables()
        let role = try #require(factory.pointee.create(fake.host, "org.example.plain"))
        defer { role.pointee.destroy(role) }

        #expect(runStep(role) { _ in } == BATON_OK)
        #expect(lent("") { role.pointee.configure(role, $0) } == BATON_OK)
        #expect(runStep(role) { _ in } == BATON_OK)
        #expect(fake.emitted.count == 2)
    }

    @Test("logs, progress, messages and artifacts reach the host")
    func speaks() throws {
        let fake = FakeTables()

        #expect(try perform(fake, settings: #"{"act":"speak"}"#) == BATON_OK)

        #expect(fake.logged == ["3 careful"])
        #expect(fake.progressed == ["500 half", "-1 unknown"])
        #expect(fake.emitted[0] == #"message {"schema":"baton.message/1","text":"hello"}"#)
        #expect(fake.emitted[1] == #"artifact {"kind":"text","path":"a.md","schema":"baton.artifact/1"}"#)
    }

    @Test(
        "errors become a status and a message",
        arguments: [
            ("fail", Int32(BATON_E_CONFLICT), #"-10 it is taken {"by":"someone"}"#),
            ("fail with success", Int32(BATON_E_FAILED), "-1 no status "),
            ("break", Int32(BATON_E_FAILED), "-1 something else broke "),
        ]
    )
    func errors(act: String, status: Int32, error: String) throws {
        let fake = FakeTables()

        #expect(try perform(fake, settings: #"{"act":"\#(act)"}"#) == status)

        #expect(fake.errors == [error])
        #expect(fake.emitted.isEmpty)
    }

    @Test(
        "wrong settings are refused with the member's name",
        arguments: [
            (#"{"number":"x"}"#, "-2 settings is wrong: 'number' must be a whole number "),
            (#"{"act":["x"]}"#, "-2 settings is wrong: 'act' must be text "),
            (#"{"acts":"x"}"#, "-2 unknown setting 'acts'; probe has 'act', 'number' "),
            ("[]", "-2 settings must be an object "),
            ("{", "-2 settings is wrong: it is not JSON "),
        ]
    )
    func settings(json: String, error: String) throws {
        let fake = FakeTables()
        let role = try #require(factory.pointee.create(fake.host, "org.example.probe"))
        defer { role.pointee.destroy(role) }

        #expect(lent(json) { role.pointee.configure(role, $0) } == BATON_E_INVALID)

        #expect(fake.errors == [error])
    }

    @Test("a wrong task is refused", arguments: ["", "{}", "[]", #"{"goal":1}"#, "\u{0}"])
    func wrongTask(task: String) throws {
        let fake = FakeTables()
        let role = try #require(factory.pointee.create(fake.host, "org.example.plain"))
        defer { role.pointee.destroy(role) }

        let status = lent(task) { task in runStep(role) { $0.task = task } }

        #expect(status == BATON_E_INVALID)
        #expect(fake.errors.count == 1)
        #expect(fake.errors.first?.hasPrefix("-2 task is wrong: ") == true)
    }

    @Test("cancelling from either side is seen")
    func cancel() throws {
        let fake = FakeTables()
        #expect(try perform(fake, settings: #"{"act":"cancelled"}"#) == BATON_OK)
        fake.isCancelled = true
        #expect(try perform(fake, settings: #"{"act":"cancelled"}"#) == BATON_OK)
        fake.isCancelled = false
        #expect(try perform(fake, settings: #"{"act":"cancelled"}"#, before: { $0.pointee.cancel($0) }) == BATON_OK)

        #expect(fake.emitted.map { $0.contains(#""heard":"true""#) } == [false, true, true])
    }

    @Test("a host with a smaller table is used as far as it goes")
    func smallerHost() throws {
        // Ends before `emit`, the last function.
        let fake = FakeTables(size: MemoryLayout<baton_host>.size - 8)
        #expect(try perform(fake, settings: #"{"act":"cancelled"}"#) == BATON_E_UNAVAILABLE)
        #expect(fake.errors == ["-4 this host takes no documents "])
        #expect(fake.emitted.isEmpty)

        // Ends before the first function.
        let empty = FakeTables(size: 24)
        #expect(try perform(empty, settings: #"{"act":"speak"}"#) == BATON_E_UNAVAILABLE)
        #expect(empty.logged.isEmpty && empty.progressed.isEmpty && empty.errors.isEmpty)
    }

    @Test("a host with a larger table is no different")
    func largerHost() throws {
        let fake = FakeTables(size: 4096)
        #expect(try perform(fake, settings: #"{"act":"cancelled"}"#) == BATON_OK)
    }

    // MARK: Extensions

    @Test(
        "what the host lacks is an error that says so",
        arguments: [
            ("model", "-4 this host offers no model "), ("run", "-4 this host runs no commands "),
            ("ask", "-4 this host cannot ask anybody "), ("store", "-4 this host has no store "),
            ("remember", "-4 this host has no store "),
        ]
    )
    func missing(act: String, error: String) throws {
        let fake = FakeTables()

        #expect(try perform(fake, settings: #"{"act":"\#(act)"}"#) == BATON_E_UNAVAILABLE)

        #expect(fake.errors == [error])
    }

    @Test("a question with a fallback needs nobody")
    func fallback() throws {
        let fake = FakeTables()
        #expect(try perform(fake, settings: #"{"act":"ask with a fallback"}"#) == BATON_OK)
        #expect(fake.emitted.first?.contains(#""heard":"no""#) == true)
    }

    @Test("a function past the end of an extension's table is missing")
    func smallerExtension() throws {
        let fake = FakeTables()
        fake.extensions = [BATON_HOST_STATE]
        fake.answer = "kept"

        #expect(try perform(fake, settings: #"{"act":"remember"}"#) == BATON_OK)
        #expect(try perform(fake, settings: #"{"act":"store"}"#) == BATON_E_UNAVAILABLE)
        #expect(fake.emitted.first?.contains(#""heard":"kept""#) == true)
    }

    @Test("asks a model and gives the blob back")
    func model() throws {
        let fake = FakeTables()
        fake.extensions = [BATON_HOST_MODEL]
        fake.answer = #"{"schema":"baton.model-result/1","text":"Hello","finish":"stop","new":[1]}"#

        #expect(try perform(fake, settings: #"{"act":"model"}"#) == BATON_OK)

        #expect(fake.requests == [#"{"messages":[{"content":"Hi","role":"user"}],"schema":"baton.model-request/1"}"#])
        #expect(fake.emitted.first?.contains(#""heard":"Hello""#) == true)
        #expect(fake.released == 1)
    }

    @Test("stops a model when enough has arrived")
    func stream() throws {
        let fake = FakeTables()
        fake.extensions = [BATON_HOST_MODEL]
        fake.chunks = ["a", "bc", "d"]

        #expect(try perform(fake, settings: #"{"act":"stream"}"#) == BATON_E_CANCELLED)

        #expect(fake.sinkStatuses == [Int32(BATON_OK), Int32(BATON_E_CANCELLED)])
        #expect(fake.errors == ["-6 the model could not be asked: the step was stopped "])
    }

    @Test(
        "statuses of the host keep their meaning",
        arguments: [
            (Int32(BATON_E_BUDGET), "a limit of tokens, money or calls is reached"),
            (Int32(BATON_E_TRANSIENT), "it failed for now; a later try may succeed"), (-999, "it failed"),
        ]
    )
    func statuses(status: Int32, phrase: String) throws {
        let fake = FakeTables()
        fake.extensions = [BATON_HOST_MODEL]
        fake.status = status

        #expect(try perform(fake, settings: #"{"act":"model"}"#) == status)

        #expect(fake.errors == ["\(status) the model could not be asked: \(phrase) "])
    }

    @Test("garbage from the host is an error", arguments: ["", "nonsense", "{}", #"{"text":5,"finish":"stop"}"#])
    func garbage(answer: String) throws {
        let fake = FakeTables()
        fake.extensions = [BATON_HOST_MODEL]
        fake.answer = answer

        #expect(try perform(fake, settings: #"{"act":"model"}"#) == BATON_E_INVALID)

        #expect(fake.errors.first?.hasPrefix("-2 the model's result is wrong: ") == true)
    }

    @Test("a failing command is a result")
    func command() throws {
        let fake = FakeTables()
        fake.extensions = [BATON_HOST_EXEC]
        fake.answer = #"{"schema":"baton.exec-result/1","exit_status":1,"signal":null,"stdout":"x"}"#

        #expect(try perform(fake, settings: #"{"act":"run"}"#) == BATON_OK)

        #expect(fake.requests == [#"{"argv":["false"],"directory":".","schema":"baton.exec-request/1"}"#])
        #expect(fake.emitted.first?.contains(#""heard":"1""#) == true)
    }

    // MARK: Helpers

    private static let task = """
        {"schema":"baton.step/1","goal":"Do it","new":{},"context":[{"step":"facts","role":"researcher","summary":"s",\
        "paths":["r.md"],"outputs":{"n":3}}],"reads":["notes/**"],"writes":["p.md"],"parameters":{"words":600},\
        "limits":{"seconds":300,"tokens":20000}}
        """

    /// Makes, configures, runs and destroys the probe.
    private func perform(
        _ fake: FakeTables,
        settings: String,
        before: (UnsafeMutablePointer<baton_role>) -> Void = { _ in },
        change: (inout baton_step) -> Void = { _ in }
    ) throws -> baton_status {
        let role = try #require(factory.pointee.create(fake.host, "org.example.probe"))
        defer { role.pointee.destroy(role) }
        try #require(lent(settings) { role.pointee.configure(role, $0) } == BATON_OK)
        before(role)
        return runStep(role, change: change)
    }

    private func runStep(
        _ role: UnsafeMutablePointer<baton_role>,
        change: (inout baton_step) -> Void
    ) -> baton_status {
        lent(Self.task) { task in
            lent("/tmp") { root in
                lent("draft") { id in
                    lent("ab12") { run in
                        var step = baton_step()
                        step.struct_size = UInt32(MemoryLayout<baton_step>.size)
                        step.step_id = id
                        step.run_id = run
                        step.task = task
                        step.workspace_root = root
                        step.attempt = 1
                        change(&step)
                        return role.pointee.run(role, &step)
                    }
                }
            }
        }
    }
}
