extension RegexParser {
    /// Reads an escape outside brackets.
    mutating func escape() throws(RegexError) -> RegexNode {
        let start = at
        guard at + 1 < scalars.count else { throw RegexError("trailing backslash at end of expression", "") }
        let letter = scalars[at + 1]
        switch letter {
        case "A": return found(.assertion(.textStart))
        case "z": return found(.assertion(.textEnd))
        case "b": return found(.assertion(.wordBoundary))
        case "B": return found(.assertion(.noWordBoundary))
        default: break
        }
        if let characters = try characterClass() { return .characters(characters.compact) }
        return .scalar(try escapedScalar(from: start), ignoresCase: flags.ignoresCase)
    }

    private mutating func found(_ node: RegexNode) -> RegexNode {
        at += 2
        return node
    }

    /// Reads `\d`, `\pL` and the like; nil when another escape stands here.
    private mutating func characterClass() throws(RegexError) -> CharacterClass? {
        let start = at
        guard peek == "\\", at + 1 < scalars.count else { return nil }
        let letter = scalars[at + 1]
        if let found = CharacterClass.perl(letter) {
            at += 2
            return found
        }
        guard letter == "p" || letter == "P" else { return nil }
        at += 2
        var isNegated = letter == "P"
        var name = ""
        if take("{") {
            if take("^") { isNegated.toggle() }
            while let next = peek, next != "}" {
                name.unicodeScalars.append(next)
                at += 1
            }
            guard take("}") else { throw RegexError("invalid character class range", text(from: start)) }
        } else if let next = peek {
            name.unicodeScalars.append(next)
            at += 1
        }
        guard var found = CharacterClass.unicode(name) else {
            throw RegexError("invalid character class range", text(from: start, to: at))
        }
        found.isNegated = isNegated
        found.ignoresCase = flags.ignoresCase
        return found
    }

    /// Reads an escape that stands for one scalar.
    private mutating func escapedScalar(from start: Int) throws(RegexError) -> Unicode.Scalar {
        at += 1
        guard let letter = peek else { throw RegexError("trailing backslash at end of expression", "") }
        at += 1
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{7}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{B}",
        ]
        if let scalar = plain[letter] { return scalar }
        if letter == "x" { return try hexadecimal(from: start) }
        if ("0"..."7").contains(letter) {
            // `\1` to `\7` alone would be back references, which a linear-time engine has not.
            guard letter == "0" || peek.map({ ("0"..."7").contains($0) }) == true else {
                throw RegexError("invalid escape sequence", text(from: start, to: at))
            }
            var value = letter.value - 48
            for _ in 0..<2 {
                guard let next = peek, ("0"..."7").contains(next) else { break }
                value = value * 8 + next.value - 48
                at += 1
            }
            if let scalar = Unicode.Scalar(value) { return scalar }
        }
        guard letter.value < 128, !CharacterClass.word.contains(letter) || letter == "_" else {
            throw RegexError("invalid escape sequence", text(from: start, to: at))
        }
        return letter
    }

    private mutating func hexadecimal(from start: Int) throws(RegexError) -> Unicode.Scalar {
        var digits = ""
        if take("{") {
            while let next = peek, next != "}", digits.count < 9 {
                digits.unicodeScalars.append(next)
                at += 1
            }
            at += 1
        } else {
            digits = text(from: at, to: at + 2)
            at += 2
        }
        at = min(at, scalars.count)
        guard digits.count >= 1, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw RegexError("invalid escape sequence", text(from: start, to: at))
        }
        return scalar
    }

    /// Reads `[…]`.
    mutating func bracket() throws(RegexError) -> CharacterClass {
        let start = at
        at += 1
        var found = CharacterClass()
        found.ignoresCase = flags.ignoresCase
        found.isNegated = take("^")
        var isFirst = true
        while isFirst || peek != "]" {
            guard let next = peek else { throw RegexError("missing closing ]", text(from: start)) }
            if !isFirst || next != "-" { try checkHyphen(next) }
            isFirst = false
            if looking(at: "[:"), let part = try posixClass() {
                found.parts.append(part)
            } else if let part = try characterClass() {
                found.parts.append(part)
            } else {
                found.ranges.append(try range(bracketStart: start))
            }
        }
        at += 1
        return found.compact
    }

    /// A `-` that is neither first nor last must make a range.
    private func checkHyphen(_ next: Unicode.Scalar) throws(RegexError) {
        guard next == "-", at + 1 < scalars.count, scalars[at + 1] != "]", scalars[at + 1] != "-" else { return }
        throw RegexError("invalid character class range", text(from: at, to: at + 2))
    }

    private mutating func posixClass() throws(RegexError) -> CharacterClass? {
        let start = at
        var end = at + 2
        // No class has a longer name; a bracket may have as many beginnings as it has characters.
        let limit = min(scalars.count, at + 20)
        while end + 1 < limit, !(scalars[end] == ":" && scalars[end + 1] == "]") { end += 1 }
        guard end + 1 < limit else { return nil }
        var name = text(from: at + 2, to: end)
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard var found = CharacterClass.posix(name) else {
            throw RegexError("invalid character class range", text(from: start, to: end + 2))
        }
        found.isNegated = isNegated
        at = end + 2
        return found
    }

    private mutating func range(bracketStart: Int) throws(RegexError) -> ClosedRange<UInt32> {
        let start = at
        let low = try member(bracketStart: bracketStart)
        guard peek == "-", at + 1 < scalars.count, scalars[at + 1] != "]" else { return low.value...low.value }
        at += 1
        let high = try member(bracketStart: bracketStart)
        guard low.value <= high.value else {
            throw RegexError("invalid character class range", text(from: start, to: at))
        }
        return low.value...high.value
    }

    private mutating func member(bracketStart: Int) throws(RegexError) -> Unicode.Scalar {
        guard let next = peek else { throw RegexError("missing closing ]", text(from: bracketStart)) }
        if next == "\\" { return try escapedScalar(from: at) }
        at += 1
        return next
    }
}
