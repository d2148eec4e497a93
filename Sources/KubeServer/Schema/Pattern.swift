import Foundation

/// A compiled regular expression that searches, as JSON Schema's `pattern` does.
///
/// `@unchecked Sendable` because `NSRegularExpression` is immutable and documented as safe to use from several threads.
struct Pattern: @unchecked Sendable {
    let text: String
    private let expression: NSRegularExpression

    /// nil when the text is no regular expression.
    init?(_ text: String) {
        guard let expression = try? NSRegularExpression(pattern: text) else { return nil }
        self.text = text
        self.expression = expression
    }

    func matches(_ subject: String) -> Bool {
        let range = NSRange(subject.startIndex..., in: subject)
        return expression.firstMatch(in: subject, range: range) != nil
    }
}
