import CConfinement
import Glibc

/// Which descriptors the program inherits.
enum Descriptors {
    /// Closes all descriptors but 0, 1, 2 and `kept`, and fills the first three with /dev/null where they are closed.
    static func close(except kept: [Int32]) throws(JailError) {
        for descriptor in kept where fcntl(descriptor, F_GETFD) < 0 {
            throw JailError("--keep-fd \(descriptor): not an open descriptor")
        }
        for (first, last) in gaps(between: kept) {
            try JailError.check(nest_close_range(first, last), "cannot close descriptors \(first)-\(last)")
        }
        try fillStandard()
        for descriptor in kept { try keepOverExec(descriptor) }
    }

    /// The ranges of descriptors above 2 that are not in `kept`.
    static func gaps(between kept: [Int32]) -> [(UInt32, UInt32)] {
        var next: UInt32 = 3
        var ranges: [(UInt32, UInt32)] = []
        for descriptor in Set(kept).sorted() where descriptor >= 3 {
            let descriptor = UInt32(descriptor)
            if descriptor > next { ranges.append((next, descriptor - 1)) }
            next = descriptor + 1
        }
        return ranges + [(next, .max)]
    }

    /// A program that starts with 0, 1 or 2 closed would take its first file for its standard output.
    private static func fillStandard() throws(JailError) {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
            // open(2) takes the lowest free number, and all below are open by now.
            guard open("/dev/null", O_RDWR) == descriptor else { throw JailError("cannot open /dev/null") }
        }
    }

    private static func keepOverExec(_ descriptor: Int32) throws(JailError) {
        let flags = fcntl(descriptor, F_GETFD)
        guard flags >= 0, fcntl(descriptor, F_SETFD, flags & ~FD_CLOEXEC) >= 0 else {
            throw JailError("--keep-fd \(descriptor): \(JailError.reason(errno))")
        }
    }
}
