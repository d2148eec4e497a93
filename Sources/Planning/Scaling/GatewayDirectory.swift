import KubeAPI
import NestAPI

/// The gateways that there are, by the Leases with which they register.
///
/// A Lease is judged by how long it has looked the same to us, never by the times in it: clocks differ.
public struct GatewayDirectory: Sendable {
    private struct Seat {
        var address: String
        var renewed: Timestamp?
        var seenAt: Duration
        var lifetime: Duration
    }

    /// More gateways than this are not followed: each holds a connection.
    static let most = 256

    private var seats: [ObjectKey: Seat] = [:]

    public init() {}

    /// Takes in a Lease as it is now.
    public mutating func see(_ lease: Lease, at now: Duration) {
        guard lease.metadata.labels[NestGroup.roleLabel] == NestGroup.gatewayRole,
            let address = lease.metadata.annotations[NestGroup.readingsAnnotation],
            address.hasPrefix("http://") || address.hasPrefix("https://")
        else { return forget(lease.key) }
        if let seat = seats[lease.key], seat.address == address, seat.renewed == lease.spec.renewTime { return }
        guard seats[lease.key] != nil || seats.count < Self.most else { return }
        seats[lease.key] = Seat(
            address: address, renewed: lease.spec.renewTime, seenAt: now,
            lifetime: .seconds(min(max(lease.spec.leaseDurationSeconds ?? 15, 1), 3600)))
    }

    public mutating func forget(_ lease: ObjectKey) { seats[lease] = nil }

    /// Those that live.
    /// - Parameters:
    ///   - now: since any fixed moment.
    ///   - heard: when a gateway's readings were heard last: one that speaks lives, whatever its Lease.
    /// - Returns: their addresses, by the key of their Lease.
    public func live(at now: Duration, heard: (String) -> Duration?) -> [String: String] {
        var live: [String: String] = [:]
        for (key, seat) in seats {
            let speaks = heard(key.description).map { now - $0 <= ReadingsBoard.silence } ?? false
            if speaks || now - seat.seenAt < seat.lifetime { live[key.description] = seat.address }
        }
        return live
    }
}
