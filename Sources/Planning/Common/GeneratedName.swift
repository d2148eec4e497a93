/// Names that nothing else has.
public enum GeneratedName {
    /// Consonants and digits that spell no words and are not mixed up (apimachinery `util/rand`).
    static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    /// So that a name still fits a label's 63 characters.
    static let longestBase = 57

    /// `base-xxxxx`; a base that is too long is cut.
    public static func make(_ base: String, using random: inout some RandomNumberGenerator) -> String {
        var name = String(base.prefix(longestBase)) + "-"
        for _ in 0..<5 { name.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)]) }
        return name
    }

    /// `text` in the alphabet of generated names (apimachinery `rand.SafeEncodeString`).
    static func safeEncoded(_ text: String) -> String {
        String(text.utf8.map { alphabet[Int($0) % alphabet.count] })
    }
}
