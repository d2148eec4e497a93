import KubeAPI
import Logging
import Synchronization

/// Writes log lines to a file of bounded size.
struct FileLogHandler: LogHandler {
    private final class File: Sendable {
        private let log: Mutex<BoundedLog>
        init(_ path: String) throws(SystemError) { log = Mutex(try BoundedLog(path: path)) }
        func write(_ line: String) { log.withLock { $0.append(line.utf8) } }
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let file: File

    static func logger(_ label: String, file: String, _ level: Logger.Level) throws -> Logger {
        let handler = FileLogHandler(logLevel: level, file: try File(file))
        return Logger(label: label) { _ in handler }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        file.write("\(Timestamp.now()) \(event.level) \(event.message)\(details)\n")
    }
}
