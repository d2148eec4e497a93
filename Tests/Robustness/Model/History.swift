/// What clients asked of a server and what they were told, across its deaths.
struct History: Sendable {
    struct Key: Hashable, Sendable, CustomStringConvertible {
        let resource: String
        let name: String
        var description: String { "\(resource)/\(name)" }
    }

    /// An object as far as it matters: what was written last, and the version that this got.
    struct State: Hashable, Sendable {
        let token: String
        let version: Int64
    }

    enum Outcome: Hashable, Sendable {
        /// The version is nil where the answer does not tell it, as for deletions.
        case acknowledged(Int64?)
        /// No answer came: it may have been done, or not.
        case unknown
        /// The server said no.
        case refused
    }

    /// One attempt to write.
    ///
    /// Attempts on one key follow each other: no two overlap.
    struct Write: Sendable {
        let key: Key
        /// What only this attempt wrote; nil for a deletion.
        let token: String?
        let outcome: Outcome
        /// Ticks of one clock that all clients share.
        let began: Int
        let ended: Int
    }

    /// One attempt to count a shared number up by one, on condition that nobody else did.
    struct Increment: Sendable {
        let value: Int
        let outcome: Outcome
        let began: Int
        let ended: Int
    }

    /// What a watch delivered.
    struct Change: Hashable, Sendable {
        let key: Key
        /// nil when the object was deleted.
        let token: String?
        let version: Int64
    }

    /// One watch from its beginning to its end.
    struct Session: Sendable {
        let resource: String
        /// The version that it was asked to follow.
        let after: Int64
        /// Whether that version was no longer known (410): then nothing is promised of it.
        var isExpired = false
        var changes: [Change] = []
    }

    /// What reads say at one moment at which nobody writes.
    struct Snapshot: Sendable {
        let tick: Int
        let resource: String
        /// The version that the list told.
        let version: Int64
        let list: [Key: State]
        /// Each key that was ever written, read by itself.
        let gets: [Key: State]
        /// What the watches of the resource come to, as far as they are known without a gap.
        let replay: [Key: State]?
        /// The shared number; nil where it is not of this resource.
        var counter: Int?
    }

    var writes: [Write] = []
    var increments: [Increment] = []
    var sessions: [Session] = []
    var snapshots: [Snapshot] = []
}
