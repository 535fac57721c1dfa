// What happened, in the order in which it happened: events in SQLite, in the repository's git directory.

package import BatonCore
package import Foundation
import GRDB
import Glibc
package import SystemPackage

/// The journal of a repository: append-only.
///
/// What landed is read from git, which is always right; the journal knows what git does not: steps that failed or
/// changed nothing, model calls, logs.
package actor Journal {
    private let database: DatabasePool

    /// Opens the journal in `folder`, making both if they are missing, readable by the user alone.
    package init(in folder: FilePath) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let path = folder.appending("journal.sqlite")
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.busySeconds)
            configuration.prepareDatabase { database in
                // A run's loss at a power cut is one unfinished step, which git shows; see docs/design/0001-layout.md.
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            database = try DatabasePool(path: path.string, configuration: configuration)
            _ = path.withPlatformString { chmod($0, 0o600) }
            try Self.migrator.migrate(database)
        } catch {
            throw BatonError(
                .unsupported, "cannot open the journal in '\(folder)'", causes: ["\(error)"],
                hints: ["Check that the folder can be written and that the disk is not full."]
            )
        }
    }

    /// How long another Baton that is writing is waited for.
    private static let busySeconds = 5.0

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE event (
                        seq INTEGER PRIMARY KEY AUTOINCREMENT,
                        run TEXT NOT NULL,
                        step_number INTEGER,
                        step_path TEXT,
                        at TEXT NOT NULL,
                        actor TEXT NOT NULL,
                        version TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        data TEXT NOT NULL
                    );
                    CREATE INDEX event_run ON event (run, seq);
                    CREATE INDEX event_kind ON event (kind, seq);
                    CREATE TABLE plugin_state (
                        plugin TEXT NOT NULL,
                        key TEXT NOT NULL,
                        value BLOB NOT NULL,
                        PRIMARY KEY (plugin, key)
                    ) WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    // MARK: Events

    /// Appends an event; events that are only of the moment are left out.
    func record(_ event: RunEvent) throws {
        guard let (kind, data) = event.kind.recorded else { return }
        try database.writeWithoutTransaction { database in
            try database.execute(
                sql: """
                    INSERT INTO event (run, step_number, step_path, at, actor, version, kind, data)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    event.run.description, event.step?.number, event.step?.path, JournalTime.text(of: .now), "baton",
                    batonVersion, kind,
                    data.text,
                ])
        }
    }

    /// The events of a run, in order.
    package func events(of run: RunID) throws -> [JournalEvent] {
        try database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM event WHERE run = ? ORDER BY seq", arguments: [run.description])
        }.compactMap(JournalEvent.init)
    }

    /// The newest runs, newest first.
    package func latestRuns(_ count: Int) throws -> [RunID] {
        try database.read { database in
            try String.fetchAll(
                database, sql: "SELECT run FROM event WHERE kind = 'run-started' ORDER BY seq DESC LIMIT ?",
                arguments: [count])
        }.compactMap { RunID($0) }
    }

    // MARK: State of plugins

    func pluginState(_ key: String, of plugin: String) throws -> [UInt8]? {
        try database.read { database in
            try Data.fetchOne(
                database, sql: "SELECT value FROM plugin_state WHERE plugin = ? AND key = ?", arguments: [plugin, key])
        }.map { Array($0) }
    }

    func setPluginState(_ key: String, to value: [UInt8]?, of plugin: String) throws {
        try database.write { database in
            if let value {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO plugin_state (plugin, key, value) VALUES (?, ?, ?)",
                    arguments: [plugin, key, Data(value)])
            } else {
                try database.execute(
                    sql: "DELETE FROM plugin_state WHERE plugin = ? AND key = ?", arguments: [plugin, key])
            }
        }
    }
}

/// How the journal writes times: ISO 8601, UTC, to the millisecond, so that texts sort as times do.
package enum JournalTime {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    package static func text(of date: Date) -> String { date.formatted(style) }

    /// Nil if `text` is no time of the journal.
    package static func date(of text: String) -> Date? { try? style.parse(text) }
}

/// One event as the journal has it.
package struct JournalEvent: Sendable {
    package let step: StepName?
    /// ISO 8601, UTC.
    package let time: String
    package let kind: String
    package let data: JSONValue

    init?(_ row: Row) {
        guard let time = row["at"] as String?, let kind = row["kind"] as String?, let data = row["data"] as String?,
            let value = JSONText.object(Array(data.utf8))
        else { return nil }
        if let number = row["step_number"] as Int?, let path = row["step_path"] as String? {
            step = StepName(number: number, path: path)
        } else {
            step = nil
        }
        self.time = time
        self.kind = kind
        self.data = value
    }
}
