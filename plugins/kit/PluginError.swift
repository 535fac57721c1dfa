// Why a step fails, as a role says it. SPDX-License-Identifier: MIT

import CBatonPlugin

/// Why a step fails, or why a call of the host failed.
public struct PluginError: Error, Hashable, Sendable {
    /// The kind of failure.
    ///
    /// The corresponding C type is `baton_status`. A number that is not known is kept and counts as `failed`.
    public struct Status: RawRepresentable, Hashable, Sendable {
        /// The number that travels, negative.
        public let rawValue: Int32

        /// A status by its number.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// The work could not be done, and no more exact status fits.
        public static let failed = Status(rawValue: Int32(BATON_E_FAILED))
        /// An argument, a document or the moment of a call is wrong.
        public static let invalid = Status(rawValue: Int32(BATON_E_INVALID))
        /// Never possible here.
        public static let unsupported = Status(rawValue: Int32(BATON_E_UNSUPPORTED))
        /// Not there now: no model configured, nobody to ask.
        public static let unavailable = Status(rawValue: Int32(BATON_E_UNAVAILABLE))
        /// Refused by policy or by a person.
        public static let denied = Status(rawValue: Int32(BATON_E_DENIED))
        /// The step is being stopped.
        public static let cancelled = Status(rawValue: Int32(BATON_E_CANCELLED))
        /// A time limit passed.
        public static let deadline = Status(rawValue: Int32(BATON_E_DEADLINE))
        /// A limit of tokens, money or calls is reached.
        public static let budget = Status(rawValue: Int32(BATON_E_BUDGET))
        /// Failed although the host tried again; a later try may succeed.
        public static let transient = Status(rawValue: Int32(BATON_E_TRANSIENT))
        /// Somebody else changed the same thing.
        public static let conflict = Status(rawValue: Int32(BATON_E_CONFLICT))
        /// Over a size limit.
        public static let tooLarge = Status(rawValue: Int32(BATON_E_TOO_LARGE))
        /// A defect of the plugin or of the host.
        public static let `internal` = Status(rawValue: Int32(BATON_E_INTERNAL))
    }

    /// The kind of failure.
    public var status: Status
    /// One phrase for a person: lower case, no full stop, names and paths in single quotes.
    public var message: String
    /// More about it, for logs; nil if there is no more.
    public var detail: JSON?

    /// An error of the given kind.
    public init(_ status: Status, _ message: String, detail: JSON? = nil) {
        self.status = status
        self.message = message
        self.detail = detail
    }

    /// The step is being stopped.
    public static let cancelled = PluginError(.cancelled, "the step was stopped")
}

extension PluginError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
