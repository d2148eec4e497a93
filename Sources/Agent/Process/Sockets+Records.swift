import Glibc

/// Unix sockets that carry short records, each whole or not at all, and with each at most one descriptor.
extension Sockets {
    private static let recordType = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    /// The longest record.
    static let recordLimit = 512

    /// Listens at `path`, in place of whoever did.
    static func listen(path: String) throws(SystemError) -> Int32 {
        unlink(path)
        return try unix(path, "cannot listen on \(path)") { socket, name, length in
            bind(socket, name, length) == 0 ? Glibc.listen(socket, 4) : -1
        }
    }

    static func connect(path: String) throws(SystemError) -> Int32 {
        try unix(path, "cannot connect to \(path)") { Glibc.connect($0, $1, $2) }
    }

    private static func unix(
        _ path: String, _ what: String, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(SystemError) -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: name.sun_path)
        guard path.utf8.count < room else { throw SystemError(what, code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = try SystemError.check(what) { socket(AF_UNIX, recordType, 0) }
        let result = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result != 0 else { return descriptor }
        let error = SystemError(what)
        close(descriptor)
        throw error
    }

    /// Waits for the next record.
    /// - Returns: it, and the descriptor that came with it, which is the caller's now; nil at the end.
    static func receive(from socket: Int32) -> (record: [UInt8], descriptor: Int32?)? {
        var bytes = [UInt8](repeating: 0, count: recordLimit)
        let header = MemoryLayout<cmsghdr>.size
        let space = header + 8
        let control = UnsafeMutableRawPointer.allocate(byteCount: space, alignment: MemoryLayout<cmsghdr>.alignment)
        defer { control.deallocate() }
        var hasControl = false
        let count = bytes.withUnsafeMutableBytes { buffer in
            var part = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
            return withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                message.msg_control = control
                message.msg_controllen = space
                var count = recvmsg(socket, &message, Int32(MSG_CMSG_CLOEXEC))
                while count < 0, errno == EINTR { count = recvmsg(socket, &message, Int32(MSG_CMSG_CLOEXEC)) }
                hasControl = message.msg_controllen >= header + MemoryLayout<Int32>.size
                return count
            }
        }
        guard count > 0 else { return nil }
        let isRights = hasControl && control.load(as: cmsghdr.self).cmsg_type == passRights
        return (Array(bytes[..<count]), isRights ? (control + header).load(as: Int32.self) : nil)
    }
}
