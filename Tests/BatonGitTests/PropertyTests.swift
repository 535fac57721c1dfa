// The promise, tried with chance: nothing of the user's is lost, and what is taken back is back exactly.
//
// Every line that the user writes is one of a kind, and so is every line of a role. So it can be seen of each line
// whether it got lost, whoever merged what; no second implementation of merging is needed to judge the first.

import BatonCore
import Glibc
import SystemPackage
import Testing

@testable import BatonGit

@Suite("Random trees, steps, edits and verbs", .timeLimit(.minutes(10)))
struct PropertyTests {
    /// Cases of one shard; a case is one landing, or one verb, with all that is checked of it.
    static let casesPerShard = 300
    static let shards = Array(0..<8)

    @Test("the user's bytes stay, and taking back is exact or refused with nothing changed", arguments: shards)
    func promise(shard: Int) async throws {
        let seed = getenv("BATON_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64(20_261_125 + shard)
        let factor = getenv("BATON_LONG_TESTS") == nil ? 1 : 20
        // Each question to the git program is a process.
        let divisor = getenv("BATON_TEST_GIT") == nil ? 1 : 15
        var generator = SeededGenerator(state: seed)
        var cases = 0
        var landed = 0
        var scenarios = 0
        while cases < Self.casesPerShard * factor / divisor {
            let scenarioSeed = generator.next()
            var scenario = try Scenario(seed: scenarioSeed)
            do {
                try await scenario.play()
            } catch let fault as Fault {
                Issue.record("seed \(seed), scenario \(scenarioSeed): \(fault.text)\n\(scenario.story)")
                return
            }
            cases += scenario.cases
            landed += scenario.done
            scenarios += 1
        }
        print("property: shard \(shard), seed \(seed): \(cases) cases in \(scenarios) scenarios, \(landed) done")
        #expect(landed * 3 > cases, "most of what is tried has to be possible, or nothing is shown")
    }
}

/// Something that must not be.
struct Fault: Error {
    var text: String
}

/// Chance that can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// One repository, and a user, roles and Baton at work in it.
struct Scenario {
    private let repo: TestRepository
    private let store: GitStore
    private var chance: SeededGenerator
    private var line = 0
    private var stepNumber = 0
    private(set) var story = ""
    private(set) var cases = 0
    private(set) var done = 0
    /// Lines of the user's that roles took out, as they may.
    private var removedByRoles: Set<String> = []
    /// What undo has to give back, the newest last; cut off where the user interfered.
    private var undoable: [World] = []
    private var redoable: [World] = []

    private static let paths: [FilePath] = [
        "a.txt", "b.txt", "d/c.txt", "d/e/f.txt", "d/e/g.txt", "run.sh", "link", "sub/x", "sub/y", "new", "d/new",
    ]
    private static let ignored: [FilePath] = ["out.log", "d/cache.log"]

    init(seed: UInt64) throws {
        chance = SeededGenerator(state: seed)
        repo = try TestRepository()
        store = try repo.store()
    }

    mutating func play() async throws {
        try repo.write(".gitignore", "*.log\n")
        for path in Self.paths.dropLast(2) where roll(4) != 0 { try put(path, "C") }
        try repo.commitAll("start")
        for path in Self.ignored where roll(2) == 0 { try put(path, "U") }
        for _ in 0..<roll(5) { try userEdits() }
        for _ in 0..<(4 + roll(8)) {
            switch roll(10) {
            case 0...3: try await step()
            case 4: try await verb("undo") { try await $0.undo() }
            case 5: try await verb("redo") { try await $0.redo() }
            case 6: try await revert(roll(1 << 20))
            case 7: try await restore(roll(1 << 20))
            case 8: if roll(3) == 0 { try await squash() } else { try await undoAndRedo() }
            default: try userEdits()
            }
        }
        try check()
    }

    // MARK: Chance

    private mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &chance) }

    private mutating func token(_ who: String) -> String {
        line += 1
        return "\(who)\(line)"
    }

    /// Some lines, each one of a kind.
    private mutating func text(_ who: String) -> String {
        (0..<(3 + roll(12))).map { _ in token(who) + "\n" }.joined()
    }

    /// The text with a line changed, added or removed here and there.
    private mutating func edited(_ text: String, _ who: String) -> String {
        var lines = text.split(separator: "\n").map(String.init)
        for _ in 0..<(1 + roll(2)) {
            let place = lines.isEmpty ? 0 : roll(lines.count)
            switch roll(4) {
            case 0 where lines.count > 1: lines.remove(at: place)
            case 1 where !lines.isEmpty: lines[place] = token(who)
            default: lines.insert(token(who), at: place)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private mutating func put(_ path: FilePath, _ who: String) throws {
        if path == "link" {
            repo.link(path, to: token(who))
        } else {
            try repo.write(path, text(who), executable: path == "run.sh")
        }
    }

    private mutating func tell(_ words: String) { story += words + "\n" }

    // MARK: The user

    private mutating func userEdits() throws {
        // Whatever undo had to give back exactly is mixed with the user's work from now on.
        undoable = []
        redoable = []
        let path = roll(6) == 0 ? Self.ignored[roll(2)] : Self.paths[roll(Self.paths.count)]
        let kind = roll(10)
        tell("user \(kind) \(path)")
        let isLink = kind != 3 && path == "link"
        guard !isLink else { return }
        switch kind {
        case 0, 1, 2: try edit(path)
        case 3: if repo.exists(path), !isDirectory(path) { repo.remove(path) }
        case 4, 5:
            try edit(path)
            _ = try repo.gitStatus("add", "--", path.string)
        case 6:
            try edit(path)
            _ = try repo.gitStatus("add", "--", path.string)
            try edit(path)
        case 7: if isFile(path) { chmod(repo.root.appending(path.components).string, roll(2) == 0 ? 0o755 : 0o600) }
        case 8:
            try edit(path)
            _ = try repo.gitStatus("commit", "-q", "-m", token("user commit "), "--", path.string)
        default:
            _ = try repo.gitStatus("commit", "-q", "-m", token("user commit "))
        }
    }

    private mutating func edit(_ path: FilePath) throws {
        guard parentsAreDirectories(path), !isDirectory(path) else { return }
        if isFile(path) {
            try repo.write(path, edited(try repo.read(path), "U"))
        } else if !repo.exists(path) {
            try repo.write(path, text("U"))
        }
    }

    private func kind(_ path: FilePath) -> mode_t? {
        var info = stat()
        guard repo.root.appending(path.components).withPlatformString({ lstat($0, &info) }) == 0 else { return nil }
        return info.st_mode & S_IFMT
    }

    private func isFile(_ path: FilePath) -> Bool { kind(path) == S_IFREG }
    private func isDirectory(_ path: FilePath) -> Bool { kind(path) == S_IFDIR }
    private func parentsAreDirectories(_ path: FilePath) -> Bool {
        path.parents.allSatisfy { kind($0) == nil || kind($0) == S_IFDIR }
    }

    // MARK: A step

    private mutating func step() async throws {
        stepNumber += 1
        let name = StepOfRun(unchecked: stepNumber, "s\(stepNumber)")
        // Either nobody touches a file while the step runs, and Baton can see that, or somebody may.
        let isCalm = roll(3) == 0
        let base = try await store.beginStep(
            watching: roll(2) == 0 ? Self.paths : [],
            started: isCalm ? FileTime(seconds: .max, nanoseconds: 0) : now())
        let edits = try roleEdits()
        let wrote = try tokens(of: edits)
        tell("step \(stepNumber): \(edits)")
        var meanwhile = false
        if !isCalm, roll(2) == 0 {
            try userEdits()
            meanwhile = true
        }
        let before = try World(of: repo, also: Self.paths)
        let rule: ConflictRule = [.fail, .fail, .ours, .theirs][roll(4)]
        cases += 1
        let landing: Landing
        do {
            let proposal = try await store.propose(try repo.delta(edits), from: base)
            let message = CommitMessage(
                subject: "step \(stepNumber)",
                trailers: [
                    Trailer(Trailer.Key.run, name.run.description), Trailer(Trailer.Key.step, name.step.description),
                ])
            let kept = roll(2) == 0 ? nil : try await store.keep(proposal, of: name, message: message)
            landing = try await store.land(proposal, of: name, message: message, rule: rule, kept: kept)
            if kept != nil { try await store.forget(name) }
        } catch {
            guard BatonError(told: error) != nil else { throw Fault(text: "an error nobody understands: \(error)") }
            tell("  refused: \(BatonError(told: error)?.message ?? "")")
            return try expectSame(before, "a refused landing")
        }
        let after = try World(of: repo, also: Self.paths)
        tell("  landed by \(rule): \(landing.files.map(\.path)), by rule: \(landing.resolved)")
        guard landing.operation != nil else { return try expectSame(before, "a landing of nothing") }
        done += 1
        undoable = meanwhile ? [before] : undoable + [before]
        redoable = []
        try expectUntouched(before, after, except: Set(edits.map(\.path)), "the landing")
        try expectNoUserLines(inHeadOf: after, before: before, "the landing")
        let decided = Set(landing.resolved)
        for path in decided.map(\.string) {
            // The rule's loser is kept elsewhere.
            removedByRoles.formUnion(before.lines(of: path).subtracting(after.lines(of: path)))
        }
        for edit in edits where !decided.contains(edit.path) {
            let lines = after.lines(of: edit.path.string)
            for written in wrote[edit.path] ?? [] where written.hasPrefix("R") && !lines.contains(written) {
                throw Fault(text: "line \(written) of the step is not in '\(edit.path)' after its landing")
            }
            // Lines of the user's that the step has left alone, or that came meanwhile, must be there.
            let left = before.lines(of: edit.path.string).filter { $0.hasPrefix("U") }
            for mine in left where !lines.contains(mine) && !(wrote.removed[edit.path]?.contains(mine) ?? false) {
                throw Fault(text: "line \(mine) of the user's is gone from '\(edit.path)' after a landing")
            }
        }
    }

    /// What a role leaves in its view, which starts as the directory is now.
    private mutating func roleEdits() throws -> [TestRepository.Edit] {
        var edits: [FilePath: TestRepository.Edit] = [:]
        for _ in 0..<(1 + roll(3)) {
            let path = Self.paths[roll(Self.paths.count)]
            guard parentsAreDirectories(path), !isDirectory(path) else { continue }
            switch roll(8) {
            case 0 where repo.exists(path): edits[path] = .remove(path)
            case 1 where path == "link": edits[path] = .link(path, to: FilePath(token("R")))
            default:
                guard path != "link" else { continue }
                let isExecutable = isFile(path) ? repo.permissions(path) & 0o100 != 0 : false
                let flips = roll(10) == 0
                let new = isFile(path) ? edited(try repo.read(path), "R") : text("R")
                edits[path] = .write(path, new, executable: isExecutable != flips)
            }
        }
        return edits.values.sorted { $0.path.string < $1.path.string }
    }

    /// Lines that the step's files have, and the user's lines that it took out of them.
    private struct Written {
        var lines: [FilePath: Set<String>] = [:]
        var removed: [FilePath: Set<String>] = [:]

        subscript(path: FilePath) -> Set<String>? { lines[path] }
    }

    private mutating func tokens(of edits: [TestRepository.Edit]) throws -> Written {
        var written = Written()
        for edit in edits {
            let old = isFile(edit.path) ? Set(try repo.read(edit.path).split(separator: "\n").map(String.init)) : []
            var new: Set<String> = []
            if case .write(_, let text, _) = edit { new = Set(text.split(separator: "\n").map(String.init)) }
            written.lines[edit.path] = new.subtracting(old)
            written.removed[edit.path] = old.subtracting(new)
            removedByRoles.formUnion(old.subtracting(new))
        }
        return written
    }

    // MARK: Verbs

    private mutating func verb(_ name: String, _ act: (GitStore) async throws -> Landing) async throws {
        let before = try World(of: repo, also: Self.paths)
        cases += 1
        tell(name)
        let dry: Result<Landing, any Error>
        do { dry = .success(try await dryRun(name)) } catch { dry = .failure(error) }
        try expectSame(before, "a dry run of \(name)")
        let landing: Landing
        do {
            landing = try await act(store)
        } catch {
            guard let told = BatonError(told: error) else { throw Fault(text: "an error nobody understands: \(error)") }
            tell("  refused: \(told.message)")
            return try expectSame(before, "a refused \(name)")
        }
        done += 1
        tell("  done: \(landing.title): \(landing.files.map(\.path)) \(landing.isMove ? "moved" : "")")
        if case .success(let dry) = dry, name == "undo" || name == "redo", dry.files != landing.files {
            throw Fault(text: "a dry run of \(name) said \(dry.files), and it was \(landing.files)")
        }
        let after = try World(of: repo, also: Self.paths)
        try expectUntouched(before, after, except: Set(landing.files.map(\.path)), name)
        switch name {
        case "undo":
            if let expected = undoable.popLast() { try expectSame(expected, "an undo") }
            redoable.append(before)
        case "redo":
            if let expected = redoable.popLast() { try expectSame(expected, "a redo") }
            undoable.append(before)
        default:
            undoable.append(before)
            redoable = []
        }
        try expectNoUserLines(inHeadOf: after, before: before, name)
        try expectUserLines(before, after, name)
    }

    private func dryRun(_ name: String) async throws -> Landing {
        name == "redo" ? try await store.redo(isDry: true) : try await store.undo(isDry: true)
    }

    private mutating func undoAndRedo() async throws {
        let before = try World(of: repo, also: Self.paths)
        let count = done
        try await verb("undo") { try await $0.undo() }
        guard done > count else { return }
        try await verb("redo") { try await $0.redo() }
        guard done > count + 1 else { throw Fault(text: "an undo could not be redone at once") }
        try expectSame(before, "an undo and a redo")
    }

    private mutating func revert(_ number: Int) async throws {
        let steps = try await store.stepHistory(limit: 100).steps
        guard !steps.isEmpty else { return }
        let step = steps[number % steps.count]
        try await verb("revert") { store in
            try await store.revert(
                [RevertTarget(commit: step.commit, step: StepOfRun(step.run, step.step))], title: "revert it")
        }
    }

    private mutating func restore(_ number: Int) async throws {
        let steps = try await store.stepHistory(limit: 100).steps
        guard !steps.isEmpty else { return }
        let step = steps[number % steps.count]
        try await verb("restore") { store in
            try await store.restore(
                RevertTarget(commit: step.commit, step: StepOfRun(step.run, step.step)), title: "restore it")
        }
    }

    private mutating func squash() async throws {
        try await verb("squash") { store in
            try await store.squash(StepOfRun(unchecked: 1, "x").run) { steps in
                CommitMessage(
                    subject: "squashed",
                    trailers: [Trailer(Trailer.Key.run, "0123abcd")]
                        + steps.map { Trailer(Trailer.Key.squashed, "\($0.step) \($0.commit)") })
            }
        }
    }

    // MARK: Expectations

    private func expectSame(_ expected: World, _ what: String) throws {
        let now = try World(of: repo, also: Self.paths)
        if let difference = now.difference(from: expected) {
            throw Fault(text: "after \(what) \(difference)")
        }
    }

    private func expectUntouched(_ before: World, _ after: World, except: Set<FilePath>, _ what: String) throws {
        let touched = Set(except.map(\.string))
        for path in Set(before.files.keys).union(after.files.keys) where !touched.contains(path) {
            guard before.files[path] == after.files[path] else {
                throw Fault(text: "'\(path)' was changed by \(what), which is not about it")
            }
        }
        for path in Set(before.index.keys).union(after.index.keys) where !except.contains(path) {
            guard before.index[path] == after.index[path] else {
                throw Fault(text: "what is staged of '\(path)' was changed by \(what), which is not about it")
            }
        }
    }

    /// No line of the user's gets into a commit that was not in one before.
    private func expectNoUserLines(inHeadOf after: World, before: World, _ what: String) throws {
        for (path, text) in after.head where before.head[path] != text {
            let known = Set((before.head[path] ?? "").split(separator: "\n"))
            let new = text.split(separator: "\n").filter { $0.hasPrefix("U") && !known.contains($0) }
            guard !new.isEmpty else { continue }
            let committed = try committedLines()
            for line in new where !committed.contains(String(line)) {
                throw Fault(text: "\(what) has committed the user's line \(line) in '\(path)'")
            }
        }
    }

    /// All lines that the user has committed themselves.
    private func committedLines() throws -> Set<String> {
        let text = try repo.git(
            "log", "--reflog", "--all", "-p", "--format=", "--author=Ada", "--grep=^user commit", "-E")
        return Set(text.split(separator: "\n").filter { $0.hasPrefix("+U") }.map { String($0.dropFirst()) })
    }

    /// Of a file that a verb touched, the user's uncommitted lines stay, unless they come back with something else.
    private func expectUserLines(_ before: World, _ after: World, _ what: String) throws {
        for path in before.files.keys {
            let committed = Set((before.head[FilePath(path)] ?? "").split(separator: "\n").map(String.init))
            let mine = before.lines(of: path).filter { $0.hasPrefix("U") && !committed.contains($0) }
            let now = after.lines(of: path)
            for line in mine where !now.contains(line) && !removedByRoles.contains(line) {
                throw Fault(text: "\(what) has lost the user's line \(line) in '\(path)'")
            }
        }
    }

    private mutating func check() throws {
        // A real git looks at some of the repositories, since that costs a few processes.
        guard roll(4) == 0 else { return }
        let fsck = try repo.program.run(["fsck", "--strict", "--no-dangling"], in: repo.root)
        guard fsck.status == 0 else { throw Fault(text: "git fsck: \(fsck.errors)") }
        let left = try repo.git("ls-files", "--others").split(separator: "\n").filter { $0.contains(".baton-") }
        guard left.isEmpty, !repo.exists(".git/index.lock"), !repo.exists(".git/baton/operation") else {
            throw Fault(text: "something was left behind: \(left)")
        }
    }
}

/// All that a user could miss: files with their permissions, what is staged, and what HEAD has.
struct World: Equatable {
    /// What stands at a path that is no directory.
    struct Thing: Equatable {
        var mode: mode_t
        var bytes: [UInt8]
    }

    var files: [String: Thing] = [:]
    var index: [FilePath: IndexEntry] = [:]
    /// Texts of HEAD's files.
    var head: [FilePath: String] = [:]
    var tree: ObjectID?

    init(of repo: TestRepository, also paths: [FilePath]) throws {
        let access = try LibGit2Access(
            at: repo.root.appending(".git"),
            program: ProgramAccess(BatonGit.GitProgram(in: repo.root, environment: repo.program.environment)))
        try read(repo.root.string, at: "")
        let all = Array(Set(files.keys.map { FilePath($0) }).union(paths))
        index = try access.openIndex(at: repo.root.appending(".git/index")).contents(at: all).entries
        tree = try access.tree(of: access.head().commit)
        for (path, entry) in try access.entries(at: all, in: tree) {
            head[path] = String(decoding: try access.content(of: entry.id), as: UTF8.self)
        }
    }

    /// Plain calls of the system, since most of the time of these tests goes here.
    private mutating func read(_ root: String, at folder: String) throws {
        guard let stream = opendir(root + "/" + folder) else { throw Fault(text: "cannot read '\(folder)'") }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." || name == ".git" { continue }
            let path = folder.isEmpty ? name : folder + "/" + name
            var info = stat()
            guard lstat(root + "/" + path, &info) == 0 else { throw Fault(text: "cannot look at '\(path)'") }
            switch info.st_mode & S_IFMT {
            case S_IFDIR: try read(root, at: path)
            case S_IFLNK:
                var target = [UInt8](repeating: 0, count: 256)
                let count = target.withUnsafeMutableBytes { bytes in
                    bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(root + "/" + path, $0, 256) } ?? 0
                }
                files[path] = Thing(mode: info.st_mode & S_IFMT, bytes: Array(target.prefix(max(0, count))))
            default:
                files[path] = Thing(mode: info.st_mode, bytes: try readBytes(FilePath(root + "/" + path)))
            }
        }
    }

    /// The lines of a file, or the target of a link.
    func lines(of path: String) -> Set<String> {
        guard let thing = files[path] else { return [] }
        return Set(String(decoding: thing.bytes, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    func difference(from other: World) -> String? {
        for path in Set(files.keys).union(other.files.keys) where files[path] != other.files[path] {
            return "'\(path)' is \(Self.text(files[path])) and not \(Self.text(other.files[path]))"
        }
        for path in Set(index.keys).union(other.index.keys) where index[path] != other.index[path] {
            return "what is staged of '\(path)' differs"
        }
        return tree == other.tree ? nil : "HEAD's tree differs"
    }

    private static func text(_ thing: Thing?) -> String {
        guard let thing else { return "nothing" }
        return "\(String(thing.mode, radix: 8)) \(String(decoding: thing.bytes, as: UTF8.self).debugDescription)"
    }
}

extension TestRepository.Edit {
    var path: FilePath {
        switch self {
        case .write(let path, _, _), .bytes(let path, _), .link(let path, _), .remove(let path): path
        }
    }
}
