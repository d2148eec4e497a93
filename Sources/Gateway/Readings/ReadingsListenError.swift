import Glibc
import NIOCore

/// The port of the readings cannot be listened on.
public struct ReadingsListenError: Error, CustomStringConvertible {
    /// `HOST:PORT`.
    public let place: String
    /// The system's reason.
    public let cause: String

    init(_ configuration: ReadingsConfiguration, _ error: any Error) {
        place = "\(configuration.host):\(configuration.port)"
        cause = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }

    public var description: String {
        "the readings cannot listen on \(place): \(cause). Give another --readings-port, or 0 for any free one."
    }
}
