import Glibc

/// The few socket operations that SwiftNIO does not offer.
enum Sockets {
    private static let streamType = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    /// A listening TCP socket; the kernel keeps early connections in its backlog until someone accepts.
    static func listen(address: String, port: Int, backlog: Int32 = 511) throws(SystemError) -> Int32 {
        let descriptor = try bound(address, port, sharing: SO_REUSEADDR)
        do throws(SystemError) {
            _ = try SystemError.check("cannot listen on \(address):\(port)") { Glibc.listen(descriptor, backlog) }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The next connection of a listening socket; -1: there is none.
    static func accept(_ socket: Int32) -> Int32 {
        while true {
            let descriptor = Glibc.accept(socket, nil, nil)
            if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            }
            return descriptor
        }
    }

    /// Keeps a port for processes of this user, which may listen on it with SO_REUSEPORT (socket(7)).
    static func keep(address: String, port: Int) throws(SystemError) -> Int32 {
        try bound(address, port, sharing: SO_REUSEPORT)
    }

    private static func bound(_ address: String, _ port: Int, sharing: Int32) throws(SystemError) -> Int32 {
        let what = "cannot listen on \(address):\(port)"
        let descriptor = try SystemError.check(what) {
            socket(AF_INET, streamType | Int32(SOCK_NONBLOCK.rawValue), 0)
        }
        do throws(SystemError) {
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, sharing, &yes, socklen_t(MemoryLayout<Int32>.size))
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = UInt16(port).bigEndian
            guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else { throw SystemError(what, code: EINVAL) }
            _ = try SystemError.check(what) {
                withUnsafePointer(to: &name) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
            }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Two connected unix stream sockets: the second is for a child.
    static func pair() throws(SystemError) -> (parent: Int32, child: Int32) {
        var ends: [Int32] = [-1, -1]
        _ = try SystemError.check("socketpair") { socketpair(AF_UNIX, streamType, 0, &ends) }
        // Room for the longest message, so that one write takes it whole.
        var room: Int32 = 1 << 20
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        return (ends[0], ends[1])
    }

    /// Sends as much of `bytes` as the socket takes; the receiver gets duplicates of `descriptors` with the first of them
    /// (unix(7), SCM_RIGHTS).
    /// - Returns: how many bytes it took; 0 when it is full.
    static func send(
        _ bytes: ArraySlice<UInt8>, passing descriptors: [Int32], over socket: Int32
    ) throws(SystemError) -> Int {
        // cmsghdr, then the descriptors, padded to the alignment of size_t (cmsg(3)).
        let header = MemoryLayout<cmsghdr>.size
        let length = header + descriptors.count * MemoryLayout<Int32>.size
        let space = header + (descriptors.count * MemoryLayout<Int32>.size + 7) / 8 * 8
        let control = UnsafeMutableRawPointer.allocate(byteCount: space, alignment: MemoryLayout<cmsghdr>.alignment)
        defer { control.deallocate() }
        memset(control, 0, space)
        let message = control.bindMemory(to: cmsghdr.self, capacity: 1)
        message.pointee.cmsg_len = length
        message.pointee.cmsg_level = SOL_SOCKET
        message.pointee.cmsg_type = passRights
        for (index, descriptor) in descriptors.enumerated() {
            (control + header + 4 * index).storeBytes(of: descriptor, as: Int32.self)
        }
        var bytes = Array(bytes)
        let sent = bytes.withUnsafeMutableBytes { buffer in
            var part = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
            return withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                if !descriptors.isEmpty {
                    message.msg_control = control
                    message.msg_controllen = space
                }
                return sendmsg(socket, &message, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
        }
        if sent < 0, errno == EAGAIN { return 0 }
        return try SystemError.check("sendmsg") { sent }
    }

    /// SCM_RIGHTS is an enumerator in glibc and a macro elsewhere.
    static let passRights: Int32 = 1
}
