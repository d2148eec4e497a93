extension History {
    /// Every way in which the history is not one of a server that keeps its promises.
    func violations() -> [String] {
        repeatedVersions() + shrinkingVersions() + faultySessions() + lostWrites() + inventedStates() + disagreements()
            + lostIncrements()
    }

    /// One version was given to one write, and one write got one version.
    func repeatedVersions() -> [String] {
        var found: [String] = []
        var meaning: [Int64: Change] = [:]
        var given: [String: Int64] = [:]
        func note(_ change: Change) {
            if let other = meaning.updateValue(change, forKey: change.version), other != change {
                found.append("version \(change.version) was given twice: \(other) and \(change)")
            }
            guard let token = change.token else { return }
            if let other = given.updateValue(change.version, forKey: token), other != change.version {
                found.append("\(token) was written twice: at \(other) and at \(change.version)")
            }
        }
        for write in writes {
            guard case .acknowledged(.some(let version)) = write.outcome else { continue }
            note(Change(key: write.key, token: write.token, version: version))
        }
        for increment in increments {
            guard case .acknowledged(.some(let version)) = increment.outcome else { continue }
            note(Change(key: Key(resource: "", name: "number"), token: "to \(increment.value)", version: version))
        }
        for session in sessions { session.changes.forEach(note) }
        return found
    }

    /// A write that began after another was acknowledged has a greater version.
    func shrinkingVersions() -> [String] {
        var found: [String] = []
        var events = writes.compactMap { write -> (began: Int, ended: Int, version: Int64)? in
            guard case .acknowledged(.some(let version)) = write.outcome else { return nil }
            return (write.began, write.ended, version)
        }
        events += increments.compactMap {
            guard case .acknowledged(.some(let version)) = $0.outcome else { return nil }
            return ($0.began, $0.ended, version)
        }
        let byEnd = events.sorted { $0.ended < $1.ended }
        var (next, highest) = (0, Int64.min)
        for event in events.sorted(by: { $0.began < $1.began }) {
            while next < byEnd.count, byEnd[next].ended < event.began {
                highest = max(highest, byEnd[next].version)
                next += 1
            }
            if event.version <= highest {
                found.append("version \(event.version) was given although \(highest) had been acknowledged before")
            }
        }
        return found
    }

    /// A watch delivers what follows its version, in order, without a gap.
    func faultySessions() -> [String] {
        let acknowledged = writes.compactMap { write -> Change? in
            guard case .acknowledged(.some(let version)) = write.outcome else { return nil }
            return Change(key: write.key, token: write.token, version: version)
        }
        return sessions.flatMap { session in
            var found: [String] = []
            var last = session.after
            for change in session.changes {
                if change.version <= last { found.append("a watch at \(last) went back to \(change)") }
                last = max(last, change.version)
            }
            if session.isExpired { return found }
            let seen = Set(session.changes)
            for change in acknowledged
            where change.key.resource == session.resource && change.version > session.after && change.version <= last
                && !seen.contains(change)
            {
                found.append("a watch from \(session.after) to \(last) left out \(change)")
            }
            return found
        }
    }

    /// After an acknowledged write its object is as it said, or as a later attempt would have made it.
    func lostWrites() -> [String] {
        let attempts = Dictionary(grouping: writes, by: \.key)
        return snapshots.flatMap { snapshot in
            attempts.filter { $0.key.resource == snapshot.resource }.compactMap { key, writes -> String? in
                let earlier = writes.filter { $0.began < snapshot.tick }.sorted { $0.began < $1.began }
                let found = snapshot.list[key]
                var acceptable: [String?] = [nil]
                for write in earlier {
                    switch write.outcome {
                    case .refused: continue
                    case .unknown: acceptable.append(write.token)
                    case .acknowledged(let version):
                        acceptable = [write.token]
                        if let found, found.token == write.token, let version, found.version != version {
                            return "\(key): \(found) was acknowledged with version \(version)"
                        }
                    }
                }
                if acceptable.contains(found?.token) { return nil }
                let wanted = acceptable.map { $0 ?? "nothing" }.joined(separator: " or ")
                return "\(key) is \(found?.token ?? "nothing") where \(wanted) was written"
            }
        }
    }

    /// What is seen has been written by someone.
    func inventedStates() -> [String] {
        let written = Dictionary(
            writes.filter { $0.outcome != .refused }.compactMap { write in write.token.map { ($0, write.key) } },
            uniquingKeysWith: { first, _ in first })
        let seen =
            sessions.flatMap { $0.changes.map { ($0.key, $0.token) } }
            + snapshots.flatMap { $0.list.map { ($0.key, Optional($0.value.token)) } }
        return seen.compactMap { key, token in
            guard let token, written[token] != key else { return nil }
            return "\(key) shows \(token), which nobody wrote there"
        }
    }

    /// `list`, `get` and what the watches delivered are the same.
    func disagreements() -> [String] {
        snapshots.flatMap { snapshot in
            var found: [String] = []
            func compare(_ other: [Key: State], _ what: String) {
                for key in Set(snapshot.list.keys).union(other.keys) where snapshot.list[key] != other[key] {
                    found.append(
                        "\(key) at version \(snapshot.version): the list says "
                            + "\(snapshot.list[key].map { "\($0)" } ?? "nothing"), \(what) \(other[key].map { "\($0)" } ?? "nothing")"
                    )
                }
            }
            compare(snapshot.gets, "a get")
            if let replay = snapshot.replay { compare(replay, "the watch") }
            return found
        }
    }

    /// Of those who count up a shared number none is overwritten.
    func lostIncrements() -> [String] {
        var found: [String] = []
        let acknowledged = increments.filter { if case .acknowledged = $0.outcome { true } else { false } }
        for (value, same) in Dictionary(grouping: acknowledged, by: \.value) where same.count > 1 {
            found.append("\(same.count) increments to \(value) were acknowledged")
        }
        for snapshot in snapshots {
            guard let counter = snapshot.counter else { continue }
            let least = acknowledged.filter { $0.ended < snapshot.tick }.map(\.value).max() ?? 0
            let possible =
                increments.filter { $0.began < snapshot.tick && $0.outcome != .refused }.map(\.value).max() ?? 0
            if counter < least || counter > max(least, possible) {
                found.append("the number is \(counter); \(least) was acknowledged and at most \(possible) attempted")
            }
        }
        return found
    }
}
