/// A set of Unicode scalars: ranges and general categories, perhaps all but those.
struct CharacterClass: Sendable, Hashable {
    /// Scalars of some general categories, or of all others.
    struct Property: Sendable, Hashable {
        var categories: Set<Unicode.GeneralCategory>
        var isNegated: Bool
    }

    var ranges: [ClosedRange<UInt32>] = []
    var properties: [Property] = []
    /// Classes inside this one, such as `\W` in `[\W_]`.
    var parts: [CharacterClass] = []
    var isNegated = false
    var ignoresCase = false
    /// The ranges are in order and apart, and no part is there that ranges can say: made by `compact`.
    private(set) var isCompact = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isIn = holds(scalar)
        if !isIn, ignoresCase { isIn = CaseFolding.variants(of: scalar).contains { holds($0) } }
        return isIn != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        if isCompact ? isInSortedRange(scalar.value) : ranges.contains(where: { $0.contains(scalar.value) }) {
            return true
        }
        if parts.contains(where: { $0.contains(scalar) }) { return true }
        return properties.contains { $0.categories.contains(scalar.properties.generalCategory) != $0.isNegated }
    }
}

extension CharacterClass {
    /// The same class so that asking it takes next to no time, however it was written.
    var compact: CharacterClass {
        var compact = self
        var others: Set<CharacterClass> = []
        for part in parts.map(\.compact) {
            if part.parts.isEmpty, part.properties.isEmpty, !part.ignoresCase {
                compact.ranges += part.isNegated ? Self.gaps(between: part.ranges) : part.ranges
            } else {
                others.insert(part)
            }
        }
        compact.parts = Array(others)
        compact.ranges = Self.merged(compact.ranges)
        compact.isCompact = true
        return compact
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// What ranges in order leave out.
    private static func gaps(between ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return gaps
    }

    private func isInSortedRange(_ value: UInt32) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(value)
    }
}

/// The other case of a letter, one scalar each (RE2 folds simply).
enum CaseFolding {
    static func variants(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        let cases = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
        return cases.compactMap { text in
            let scalars = text.unicodeScalars
            return scalars.count == 1 && scalars.first != scalar ? scalars.first : nil
        }
    }
}

extension CharacterClass {
    static let digit = CharacterClass(ranges: [48...57])
    static let word = CharacterClass(ranges: [48...57, 65...90, 95...95, 97...122])
    static let space = CharacterClass(ranges: [9...10, 12...13, 32...32])

    /// The class of a Perl escape: `\d`, `\D`, `\w`, `\W`, `\s`, `\S`; nil for any other letter.
    static func perl(_ letter: Unicode.Scalar) -> CharacterClass? {
        var found: CharacterClass
        switch letter {
        case "d", "D": found = digit
        case "w", "W": found = word
        case "s", "S": found = space
        default: return nil
        }
        found.isNegated = ("A"..."Z").contains(letter)
        return found
    }

    /// The class of a POSIX name, as in `[[:alpha:]]`.
    static func posix(_ name: String) -> CharacterClass? {
        let ranges: [String: [ClosedRange<UInt32>]] = [
            "alnum": [48...57, 65...90, 97...122], "alpha": [65...90, 97...122], "ascii": [0...127],
            "blank": [9...9, 32...32], "cntrl": [0...31, 127...127], "digit": [48...57], "graph": [33...126],
            "lower": [97...122], "print": [32...126], "punct": [33...47, 58...64, 91...96, 123...126],
            "space": [9...13, 32...32], "upper": [65...90], "word": [48...57, 65...90, 95...95, 97...122],
            "xdigit": [48...57, 65...70, 97...102],
        ]
        return ranges[name].map { CharacterClass(ranges: $0) }
    }

    /// The class of `\p{Name}`: a general category, or one of the scripts that are known here.
    static func unicode(_ name: String) -> CharacterClass? {
        if name == "Any" { return CharacterClass(ranges: [0...0x10FFFF]) }
        if let categories = UnicodeNames.categories[name] {
            return CharacterClass(properties: [Property(categories: categories, isNegated: false)])
        }
        return UnicodeNames.scripts[name].map { CharacterClass(ranges: $0) }
    }
}
