/// Why `nest logs` cannot show what it was asked for.
public struct LogsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
