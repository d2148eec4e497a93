import Glibc

/// Holds one loopback address for one pod: whoever listens on its port 19999 has it.
///
/// A listening socket needs no lock file and no clean-up: the kernel gives it back when the last process that has it
/// ends, and two Nests on one machine never get the same address.
struct AddressReservation: Sendable {
    static let port = 19999
    private static let choices = 255 * 254

    let address: String
    let socket: Int32

    /// Takes the first free address from the one that `name` hashes to.
    static func take(for name: String) throws(SystemError) -> AddressReservation {
        let start = Int(stableHash(name.utf8) % UInt64(choices))
        var last = SystemError("no free address in 127.1.0.0/16", code: EADDRINUSE)
        for step in 0..<1024 {
            // A stride that shares no factor with the count visits other corners first.
            let index = (start + step * 7919) % choices
            do {
                return try take(address: "127.1.\(index / 254).\(index % 254 + 1)")
            } catch {
                last = error
                guard error.code == EADDRINUSE else { throw error }
            }
        }
        throw last
    }

    /// Takes that very address.
    static func take(address: String) throws(SystemError) -> AddressReservation {
        AddressReservation(address: address, socket: try Sockets.listen(address: address, port: port, backlog: 1))
    }

    func release() { close(socket) }
}

/// FNV-1a: the same in every process, unlike Swift's own hashes.
///
/// For names and changes, not against attackers.
func stableHash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
