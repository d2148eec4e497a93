/// A word of an expression's text.
struct Token: Sendable {
    enum Kind: Sendable, Hashable {
        case identifier(String)
        case int(String)
        case uint(String)
        case double(String)
        case string(String)
        case bytes([UInt8])
        /// An operator, a bracket, or a word that is none's name: `in`, `true`, `false`, `null`.
        case symbol(String)
        case end
    }

    var kind: Kind
    var offset: Int
    /// As it stands in the text, for messages.
    var text: String
}
