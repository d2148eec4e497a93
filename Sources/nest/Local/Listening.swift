import Glibc
import NIOCore
import ServiceLifecycle

/// A service that listens on a port of the command line, and says so when it cannot.
struct Listening<Base: Service>: Service {
    let base: Base
    let option: String
    let port: Int

    func run() async throws {
        do {
            try await base.run()
        } catch let error as IOError {
            let cause = String(cString: strerror(error.errnoCode))
            throw Failure("\(option) \(port): cannot listen on it: \(cause). Give another port, or 0 for any free one.")
        }
    }

    /// Whether it failed because another program listens there.
    static func isTaken(_ error: any Error) -> Bool { (error as? IOError)?.errnoCode == EADDRINUSE }
}
