import KubeAPI

extension SchedulingQueue {
    enum Place { case active, backoff, parked, binding }

    struct Entry {
        var classID: Int
        var priority: Int
        /// Which ticket is the entry's own.
        var order: UInt64
        var attempts = 0
        var place: Place
        /// When it was last set aside.
        var since = Duration.zero
    }

    struct Ticket: Comparable {
        var priority: Int
        var due = Duration.zero
        var order: UInt64
        var key: ObjectKey

        /// One heap holds tickets of one kind: the line, where nothing is due, or a back-off, where priority is not set.
        static func < (left: Ticket, right: Ticket) -> Bool {
            if left.due != right.due { return left.due < right.due }
            return left.priority != right.priority ? left.priority > right.priority : left.order < right.order
        }
    }

    struct Ward {
        let identity: SchedulingClass
        var refusal: Refusal?
        var refusedAt = Duration.zero
        var hasFlush = false
        var members = 0
        /// Active ones, and those whose back-off runs.
        var awake = 0
        var parked = BinaryHeap<Ticket>()
        var parkedKeys: Set<ObjectKey> = []
    }

    struct Flush: Comparable {
        var due: Duration
        var classID: Int
        static func < (left: Flush, right: Flush) -> Bool {
            left.due != right.due ? left.due < right.due : left.classID < right.classID
        }
    }

    struct PoolKey: Hashable {
        var namespace: String
        var pool: String
    }
}
