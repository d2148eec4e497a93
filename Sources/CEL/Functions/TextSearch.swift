/// Finds one sequence in another in linear time, whatever they hold (Knuth, Morris, Pratt).
enum TextSearch {
    /// Where the first occurrence at or after a place begins; nil when there is none.
    static func first<Element: Equatable>(_ part: [Element], in text: [Element], from start: Int = 0) -> Int? {
        if part.isEmpty { return start <= text.count ? start : nil }
        var found: Int?
        scan(part, in: text, from: start) { place in
            found = place
            return false
        }
        return found
    }

    /// Where the last occurrence that begins at or before a place begins; nil when there is none.
    static func last<Element: Equatable>(_ part: [Element], in text: [Element], upTo end: Int) -> Int? {
        let reach = min(end + part.count, text.count)
        guard reach >= part.count else { return nil }
        let mirrored = first(part.reversed(), in: text[..<reach].reversed())
        return mirrored.map { reach - $0 - part.count }
    }

    /// The parts of a text between a separator's occurrences, which is not empty; at most `limit` occurrences count.
    static func parts(of text: String, separator: String, limit: Int? = nil) -> [String] {
        let bytes = Array(text.utf8)
        let wanted = Array(separator.utf8)
        var parts: [String] = []
        var start = 0
        if limit != 0 {
            scan(wanted, in: bytes, from: 0) { place in
                parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
                start = place + wanted.count
                return limit.map { parts.count < $0 } ?? true
            }
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    /// Calls `body` with the place of each occurrence that does not overlap the one before, until it returns false.
    private static func scan<Element: Equatable>(
        _ part: [Element], in text: [Element], from start: Int, _ body: (Int) -> Bool
    ) {
        guard !part.isEmpty, start < text.count, part.count <= text.count - start else { return }
        let table = failures(of: part)
        var matched = 0
        for place in start..<text.count {
            while matched > 0, part[matched] != text[place] { matched = table[matched - 1] }
            if part[matched] == text[place] { matched += 1 }
            guard matched == part.count else { continue }
            if !body(place - matched + 1) { return }
            matched = 0
        }
    }

    /// For each length, how much of the beginning its end repeats.
    private static func failures<Element: Equatable>(of part: [Element]) -> [Int] {
        var table = Array(repeating: 0, count: part.count)
        var matched = 0
        for place in part.indices.dropFirst() {
            while matched > 0, part[matched] != part[place] { matched = table[matched - 1] }
            if part[matched] == part[place] { matched += 1 }
            table[place] = matched
        }
        return table
    }
}
