import KubeAPI

/// Cuts an expression's text into tokens (cel-spec, `doc/langdef.md`).
struct Lexer {
    private static let symbols = [
        "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[",
        "]", "{", "}",
    ].map { Array($0.unicodeScalars) }
    private static let words: Set<String> = ["in", "true", "false", "null"]

    let scalars: [Unicode.Scalar]
    var at = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    static func tokens(of text: String) throws(CompileError) -> [Token] {
        var lexer = Lexer(text)
        var tokens: [Token] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        at + distance < scalars.count ? scalars[at + distance] : nil
    }

    func text(from start: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<min(at, scalars.count)])
        return String(view)
    }

    private mutating func next() throws(CompileError) -> Token {
        skipSpace()
        let start = at
        guard let first = peek() else { return Token(kind: .end, offset: at, text: "<EOF>") }
        if let literal = try stringLiteral() { return Token(kind: literal, offset: start, text: text(from: start)) }
        if CharacterClass.word.contains(first), !("0"..."9").contains(first) {
            while let next = peek(), CharacterClass.word.contains(next) { at += 1 }
            let word = text(from: start)
            let kind: Token.Kind = Self.words.contains(word) ? .symbol(word) : .identifier(word)
            return Token(kind: kind, offset: start, text: word)
        }
        let isNumber = ("0"..."9").contains(first) || (first == "." && peek(1).map { ("0"..."9").contains($0) } == true)
        if isNumber { return try number() }
        for symbol in Self.symbols where scalars[at...].starts(with: symbol) {
            at += symbol.count
            let word = text(from: start)
            return Token(kind: .symbol(word), offset: start, text: word)
        }
        throw CompileError(message: "Syntax error: token recognition error at: '\(first)'", offset: at)
    }

    private mutating func skipSpace() {
        while let next = peek() {
            if next == "/", peek(1) == "/" {
                while let next = peek(), next != "\n" { at += 1 }
            } else if [" ", "\t", "\n", "\r", "\u{C}"].contains(next) {
                at += 1
            } else {
                return
            }
        }
    }

    private mutating func digits() { while let next = peek(), ("0"..."9").contains(next) { at += 1 } }

    private mutating func number() throws(CompileError) -> Token {
        let start = at
        if peek() == "0", peek(1) == "x" || peek(1) == "X", let digit = peek(2), isHex(digit) {
            at += 2
            while let next = peek(), isHex(next) { at += 1 }
            return suffixed(.int(text(from: start)), start)
        }
        digits()
        var isDouble = false
        if peek() == ".", peek(1).map({ ("0"..."9").contains($0) }) == true {
            isDouble = true
            at += 1
            digits()
        }
        if peek() == "e" || peek() == "E" {
            let hasSign = peek(1) == "+" || peek(1) == "-"
            if peek(hasSign ? 2 : 1).map({ ("0"..."9").contains($0) }) == true {
                isDouble = true
                at += hasSign ? 2 : 1
                digits()
            }
        }
        if isDouble { return Token(kind: .double(text(from: start)), offset: start, text: text(from: start)) }
        return suffixed(.int(text(from: start)), start)
    }

    /// `u` after a whole number makes it unsigned.
    private mutating func suffixed(_ kind: Token.Kind, _ start: Int) -> Token {
        let digits = text(from: start)
        guard peek() == "u" || peek() == "U" else { return Token(kind: kind, offset: start, text: digits) }
        at += 1
        return Token(kind: .uint(digits), offset: start, text: text(from: start))
    }

    private func isHex(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && PercentEncoding.hexValue(UInt8(scalar.value)) != nil
    }
}
