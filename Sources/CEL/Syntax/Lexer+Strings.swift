extension Lexer {
    /// Reads a string or bytes literal; nil when none begins here.
    mutating func stringLiteral() throws(CompileError) -> Token.Kind? {
        var ahead = 0
        var (isRaw, isBytes) = (false, false)
        prefix: while let next = peek(ahead), ahead < 2 {
            switch next {
            case "r" where !isRaw, "R" where !isRaw: isRaw = true
            case "b" where !isBytes, "B" where !isBytes: isBytes = true
            default: break prefix
            }
            ahead += 1
        }
        guard let quote = peek(ahead), quote == "\"" || quote == "'" else { return nil }
        let start = at
        at += ahead
        let isTriple = peek(1) == quote && peek(2) == quote
        at += isTriple ? 3 : 1
        var content = StringContent(isBytes: isBytes)
        while true {
            guard let next = peek(), isTriple || (next != "\n" && next != "\r") else {
                throw CompileError(
                    message: "Syntax error: token recognition error at: '\(text(from: start))'", offset: start)
            }
            if next == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                at += isTriple ? 3 : 1
                return isBytes ? .bytes(content.bytes) : .string(String(content.scalars))
            }
            if next == "\\", !isRaw {
                try escape(into: &content)
            } else {
                content.append(next)
                at += 1
            }
        }
    }

    /// What a literal has held so far.
    struct StringContent {
        let isBytes: Bool
        var scalars = String.UnicodeScalarView()
        var bytes: [UInt8] = []

        init(isBytes: Bool) { self.isBytes = isBytes }

        mutating func append(_ scalar: Unicode.Scalar) {
            if isBytes { bytes += Array(String(scalar).utf8) } else { scalars.append(scalar) }
        }
    }

    private mutating func escape(into content: inout StringContent) throws(CompileError) {
        let start = at
        at += 1
        guard let letter = peek() else { throw badEscape(start) }
        at += 1
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{B}", "\\": "\\",
            "?": "?", "\"": "\"", "'": "'", "`": "`",
        ]
        if let scalar = plain[letter] { return content.append(scalar) }
        switch letter {
        case "x", "X": try numeric(digits: 2, radix: 16, start, into: &content)
        case "u" where !content.isBytes: try numeric(digits: 4, radix: 16, start, into: &content)
        case "U" where !content.isBytes: try numeric(digits: 8, radix: 16, start, into: &content)
        case "0"..."3":
            at -= 1
            try numeric(digits: 3, radix: 8, start, into: &content)
        default: throw badEscape(start)
        }
    }

    private mutating func numeric(
        digits: Int, radix: Int, _ start: Int, into content: inout StringContent
    ) throws(CompileError) {
        let from = at
        at = min(at + digits, scalars.count)
        let word = text(from: from)
        guard word.count == digits, word.allSatisfy(\.isHexDigit), let value = UInt32(word, radix: radix) else {
            throw badEscape(start)
        }
        if content.isBytes { return content.bytes.append(UInt8(truncatingIfNeeded: value)) }
        guard let scalar = Unicode.Scalar(value) else { throw badEscape(start) }
        content.append(scalar)
    }

    private func badEscape(_ start: Int) -> CompileError {
        CompileError(message: "Syntax error: invalid escape sequence '\(text(from: start))'", offset: start)
    }
}
