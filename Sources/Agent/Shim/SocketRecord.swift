import FoundationEssentials

/// What a shim and its sidecar tell each other of the pod's listening sockets.
///
/// Each record is a packet on a unix socket beside the shim's own. First the sidecar gives what it has kept of a shim that
/// has ended, then `met`; the shim says `met`, too, and from then on gives each socket that it has or opens.
enum SocketRecord: Codable, Equatable {
    /// Comes with the socket.
    case listens(uid: String, port: Int)
    /// It is closed, and the port free.
    case closed(uid: String)
    /// Everything that there was has been said.
    case met

    /// Where they speak: beside the shim's socket.
    static func path(beside socket: String) -> String {
        let directory = socket.lastIndex(of: "/").map { String(socket[...$0]) } ?? ""
        return directory + "sockets.sock"
    }

    init?(_ record: [UInt8]) {
        guard let known = try? JSONDecoder().decode(SocketRecord.self, from: Data(record)) else { return nil }
        self = known
    }

    var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map { Array($0) } ?? [] }
}
