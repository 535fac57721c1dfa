// `baton doctor`: what this machine allows, and what would enable more.

import ArgumentParser
import BatonCore
import BatonEngine
import BatonTerminal
import BatonWorkerLink
import BatonWorkers
import BatonWorkspace
import SystemPackage

struct DoctorCommand: BatonSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say how well steps are kept apart here, and what would enable more",
        discussion: """
              $ baton doctor
              $ baton doctor --json

            Tries each kind of view that isolates, as steps use it, on a small directory of its own and then on yours,
            of which nothing is changed. Ends with 0 if steps are isolated here and with 64 if not.
            """
    )

    @Flag(name: .long, help: "Write one JSON object to standard output")
    var json = false

    @Flag(name: .long, help: "Print an AppArmor profile that lets Baton's worker use user namespaces")
    var apparmorProfile = false

    func execute(in context: CommandContext) async throws -> ExitReason {
        guard !apparmorProfile else {
            context.console.document(ViewProbe.appArmorProfile(worker: context.places.worker))
            return .done
        }
        let probe = context.viewProbe
        let examination = await Examination(
            of: context.workingDirectory, probe: probe, stateFolder: context.places.state,
            environment: context.environment)
        // What the prompt remembers may have been mended since.
        await KnownMachine(tryingWith: probe).remember(in: context.places.state, worker: context.places.worker)
        if json {
            context.console.document(JSONText.line(examination.document) + "\n")
        } else {
            show(examination, on: context.console)
        }
        return examination.active.isIsolated ? .done : .usage
    }

    private func show(_ examination: Examination, on console: Console) {
        var table = Table([.init(""), .init("", isFlexible: true)])
        let active = examination.active
        table.add(["steps", active.isIsolated ? "isolated" : "\("not isolated", .warning)"])
        table.add(["view", "\(active.rawValue, .id)"])
        for finding in examination.findings where finding.kind != active {
            let state = finding.obstacle.map { "not possible: it \($0.phrase)" } ?? "possible as well"
            table.add(["", "\(finding.kind.rawValue): \(sanitizedLine(state))"])
        }
        table.add(["held in by", "\(examination.heldBy)"])
        table.add(["limits", "\(examination.limits.phrase)"])
        table.add(["directory", "\(sanitizedLine(examination.directory.string))"])
        let problem = examination.repositoryProblem.map(\.message)
        table.add(["repository", "\(sanitizedLine(problem ?? "found"))"])
        table.add(["kernel", "\(examination.kernel)"])
        table.add(["git", "\(examination.git ?? "not found"), libgit2 \(examination.libgit2 ?? "unknown")"])
        for line in table.lines() { console.data(line) }
        var hints: [String] = []
        // What stands in the way of a lesser kind is nobody's concern.
        for finding in examination.findings.prefix(while: { $0.kind != active }) {
            for sentence in finding.obstacle?.advice ?? [] where !hints.contains(sentence) { hints.append(sentence) }
        }
        for hint in hints + examination.remarks + (examination.repositoryProblem?.hints ?? []) {
            console.note("\("hint", .hint): \(sanitizedLine(hint))")
        }
    }
}

extension Examination {
    /// What holds steps in, as a list.
    fileprivate var heldBy: String {
        guard let hold else { return "nothing" }
        var words = active.isIsolated ? ["namespaces"] : []
        words.append(hold.landlock > 0 ? "Landlock (ABI \(hold.landlock))" : "no Landlock")
        words.append(hold.filtersCalls ? "call filter" : "no call filter")
        if hold.notesAttempts { words.append("attempts are named") }
        return words.joined(separator: ", ")
    }
}

extension ResourceLimits {
    /// All limits as one line.
    fileprivate var phrase: String {
        """
        \(Self.text(bytes: memoryBytes)) memory, \(processes) processes, \(Self.text(bytes: fileBytes)) a file, \
        \(Self.text(bytes: writtenBytes)) disk, \(processorSeconds / 60) min processor time
        """
    }
}

extension CommandContext {
    var viewProbe: ViewProbe { ViewProbe(worker: places.worker, stateFolder: places.state) }

    /// What the prompt has to say of views here; nil if steps are isolated.
    ///
    /// Tried once after each start of the machine, which takes as long as a small step; remembered then.
    package func viewNote() async -> String? {
        let known: KnownMachine
        if let remembered = KnownMachine(rememberedIn: places.state, worker: places.worker) {
            known = remembered
        } else {
            known = await KnownMachine(tryingWith: viewProbe)
            known.remember(in: places.state, worker: places.worker)
        }
        guard let best = known.kind else { return note(known.reason) }
        // What the machine allows may still be impossible for one directory.
        guard let obstacle = best.obstacle(for: workingDirectory) else { return nil }
        return best == .overlay && View.Kind.fuseOverlay.obstacle(for: workingDirectory) == nil ? nil : note(obstacle)
    }

    private func note(_ reason: String) -> String {
        "steps are not isolated here: a view \(reason); 'baton doctor' says what helps"
    }
}
