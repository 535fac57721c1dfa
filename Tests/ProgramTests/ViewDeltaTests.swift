// Every pair of what was and what is at a path, at every depth, changed in every way, in every kind of view.

import BatonCore
import BatonTestSupport
import BatonWorkerLink
import BatonWorkers
import BatonWorkspace
import Foundation
import SystemPackage
import Testing

@Suite("The delta of every kind of view", .timeLimit(.minutes(2)))
struct ViewDeltaTests {
    /// What stands at a path.
    ///
    /// An ignored file stands beside it, under a name that `.gitignore` has.
    enum Thing: String, CaseIterable {
        case absent, file, otherFile, executable, link, otherLink, folder, ignored
    }

    /// How a step makes one of the other.
    enum Route: String, CaseIterable {
        /// Writes over what is there where that is possible.
        case over
        /// Removes what is there first, and makes the new one.
        case anew
        /// Makes the new one beside it, and moves it there.
        case moved
    }

    struct Case {
        let before: Thing
        let after: Thing
        let route: Route
        let path: String

        /// What the delta says of the path.
        var expected: [String] {
            guard before != after else { return [] }
            return gone + come
        }

        private var gone: [String] {
            switch before {
            case .absent: []
            case .folder: ["removed \(path)/child"]
            case .ignored: ["removed \(path).ignored"]
            // What takes the place of a file is told of itself; a folder's files are told, and the file that they bury.
            default: [.absent, .folder, .ignored].contains(after) ? ["removed \(path)"] : []
            }
        }

        private var come: [String] {
            switch after {
            case .absent: []
            case .file: ["file \(path) content"]
            case .otherFile: ["file \(path) other"]
            case .executable: ["executable \(path) content"]
            case .link: ["link \(path) target"]
            case .otherLink: ["link \(path) elsewhere"]
            case .folder: ["file \(path)/child child"]
            case .ignored: ["file \(path).ignored content"]
            }
        }
    }

    /// All ways at two depths, the one that removes at the others as well.
    static let cases: [Case] = ["", "2/", "3/x/", "4/x/y/"].flatMap { folder in
        Route.allCases.filter { $0 == .anew || folder.isEmpty || folder == "3/x/" }.flatMap { route in
            Thing.allCases.flatMap { before in
                Thing.allCases.map { after in
                    Case(
                        before: before, after: after, route: route,
                        path: "\(folder)\(before.rawValue)-\(after.rawValue)-\(route.rawValue)")
                }
            }
        }
    }

    /// Makes things, by system calls; given to python3 with a list of (path, before, after, route).
    static let program = """
        import os, shutil, sys
        def remove(path):
            if os.path.isdir(path) and not os.path.islink(path): shutil.rmtree(path)
            elif os.path.lexists(path): os.remove(path)
        def write(path, text, mode):
            with open(path, 'w') as file: file.write(text)
            os.chmod(path, mode)
        def make(path, thing):
            if thing == 'file': write(path, 'content', 0o644)
            if thing == 'otherFile': write(path, 'other', 0o644)
            if thing == 'executable': write(path, 'content', 0o755)
            if thing == 'link': os.symlink('target', path)
            if thing == 'otherLink': os.symlink('elsewhere', path)
            if thing == 'folder':
                os.mkdir(path)
                write(path + '/child', 'child', 0o644)
            if thing == 'ignored': write(path + '.ignored', 'content', 0o644)
        def change(path, before, after, route):
            files = ['file', 'otherFile', 'executable']
            if route == 'over' and before in files and after in files: return make(path, after)
            if route == 'over' and before == after == 'ignored': return make(path, after)
            if route == 'over' and before == after == 'folder': return os.utime(path + '/child')
            if route == 'moved' and after not in ['absent', 'ignored']:
                make(path + '.new', after)
                if 'folder' in [before, after]: remove(path)
                remove(path + '.ignored')
                return os.rename(path + '.new', path)
            remove(path)
            remove(path + '.ignored')
            make(path, after)
        for line in open(sys.argv[1]):
            path, before, after, route = line.split()
            if sys.argv[2] == 'make':
                os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
                make(path, before)
            else: change(path, before, after, route)
        """

    @Test("says exactly what differs, for all pairs, depths and ways", arguments: View.Kind.usable)
    func pairs(kind: View.Kind) async throws {
        let trial = try await Trial()
        let list = Self.cases.map { "\($0.path) \($0.before) \($0.after) \($0.route)\n" }.joined()
        try trial.root.write(list, to: "list")
        try trial.root.write(Self.program, to: "program")
        try trial.root.write("*.ignored\n", to: ".gitignore")
        let made = try await run(
            "python3", ["program", "list", "make"], in: trial.root.path,
            environment: ProcessInfo.processInfo.environment)
        #expect(made.status == 0, "\(made.errors)")
        let before = trial.root.snapshot()

        let delta = try await trial.change("python3 program list change", kind: kind)

        let expected = Self.cases.flatMap(\.expected).sorted()
        #expect(Set(delta).subtracting(expected).sorted() == [], "told and not done")
        #expect(Set(expected).subtracting(delta).sorted() == [], "done and not told")
        #expect(delta == expected)
        #expect(trial.root.snapshot() == before, "the user's files were changed")
    }

    @Test(
        "a file that was touched, rewritten as it was or given other permissions is none", arguments: View.Kind.usable)
    func untouched(kind: View.Kind) async throws {
        let trial = try await Trial()
        for name in ["times", "mode", "same", "moved", "folder/file"] { try trial.root.write("content", to: name) }

        let delta = try await trial.change(
            """
            touch times && chmod 600 mode && printf content > same && mv moved away && mv away moved \
            && chmod 700 folder && touch folder && mkdir empty && ln folder/file hard && rm hard
            """, kind: kind)

        #expect(delta == [])
    }

    @Test("a folder that was moved is gone here and new there, with all that is in it", arguments: View.Kind.usable)
    func movedFolder(kind: View.Kind) async throws {
        let trial = try await Trial()
        for name in ["folder/one", "folder/deep/two"] { try trial.root.write("content", to: name) }

        let delta = try await trial.change("mv folder other", kind: kind)

        #expect(
            delta == [
                "file other/deep/two content", "file other/one content", "removed folder/deep/two",
                "removed folder/one",
            ])
    }

    @Test("a folder that was removed and made again holds only what is new", arguments: View.Kind.usable)
    func remadeFolder(kind: View.Kind) async throws {
        let trial = try await Trial()
        for name in ["folder/one", "folder/deep/two"] { try trial.root.write("content", to: name) }

        let delta = try await trial.change(
            "rm -r folder && mkdir -p folder/deep && echo x > folder/deep/new", kind: kind)

        #expect(delta == ["file folder/deep/new x\n", "removed folder/deep/two", "removed folder/one"])
    }

    @Test("a link that leads out is refused by name", arguments: View.Kind.usable)
    func escapingLink(kind: View.Kind) async throws {
        let trial = try await Trial()

        await #expect(
            throws: BatonError(
                .denied, "the step made the link 'out', which leads out of the directory to '../../etc'")
        ) { try await trial.change("ln -s ../../etc out", kind: kind) }
    }

    @Test("several steps at once do not see each other", arguments: View.Kind.usable.filter { $0 != .inPlace })
    func together(kind: View.Kind) async throws {
        let trial = try await Trial()
        let line =
            "echo mine > mine.$STEP; echo $STEP > \"$TMPDIR/common\"; sleep 0.3; ls mine.*; cat \"$TMPDIR/common\""

        async let one = trial.execute("STEP=one; \(line)", kind: kind)
        async let two = trial.execute("STEP=two; \(line)", kind: kind)
        let outputs = try await (one, two)

        #expect(outputs.0.standardOutput.text == "mine.one\none\n")
        #expect(outputs.1.standardOutput.text == "mine.two\ntwo\n")
    }
}

extension View.Kind {
    /// The kinds that this machine allows.
    static let usable = allCases.filter { $0.obstacle(for: World.packageRoot) == nil }
}

extension Trial {
    /// Runs a command in a view, and says what it changed.
    @discardableResult
    func change(_ line: String, kind: View.Kind) async throws -> [String] {
        try await work(kind: kind) { session, view in
            let output = try await session.execute(
                CommandOrder(arguments: ["sh", "-c", line], timeLimitMilliseconds: 60_000))
            #expect(output.result.end == .exited(0), "\(output.standardError.text)")
            return try view.takenOut(try view.delta()).described
        }
    }
}
