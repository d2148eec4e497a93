/// Stands for a value in a large table: 16 bytes instead of a kilobyte of names and messages.
///
/// Two values have the same one with a probability of 2⁻¹²⁸; nobody can find such a pair, because hashes differ from
/// process to process.
struct Fingerprint: Hashable, Sendable {
    private let first: Int
    private let second: Int

    init(_ value: some Hashable) {
        var hashers = (Hasher(), Hasher())
        hashers.0.combine(0)
        hashers.1.combine(1)
        value.hash(into: &hashers.0)
        value.hash(into: &hashers.1)
        (first, second) = (hashers.0.finalize(), hashers.1.finalize())
    }
}
