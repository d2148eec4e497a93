import Foundation
import Planning
import Synchronization

extension TimeZones {
    /// What this program knows of the tz database.
    static let system: TimeZones = {
        let known = Mutex<[String: TimeZone]>([:])
        return TimeZones { name, time in
            let zone = known.withLock { known in
                if let zone = known[name] { return zone as TimeZone? }
                // There are some six hundred; a wrong name is not kept.
                let zone = TimeZone(identifier: name)
                known[name] = zone
                return zone
            }
            return zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.seconds)))
        }
    }()
}
