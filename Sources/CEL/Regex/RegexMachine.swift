/// Runs a program over a text, all ways at once, so that the time is bounded by program times text (Pike).
struct RegexMachine {
    private struct Thread {
        var instruction: Int
        /// Where its match begins.
        var start: Int
    }

    /// An ordered set of threads, one per instruction.
    private struct ThreadList {
        var threads: [Thread] = []
        var stamps: [Int]
        var stamp = 0

        init(size: Int) { stamps = Array(repeating: 0, count: size) }

        mutating func clear() {
            threads.removeAll(keepingCapacity: true)
            stamp += 1
        }

        mutating func isNew(_ instruction: Int) -> Bool {
            if stamps[instruction] == stamp { return false }
            stamps[instruction] = stamp
            return true
        }
    }

    let program: RegexProgram
    let text: [Unicode.Scalar]
    /// Steps that may still be taken.
    var fuel: Int
    private var stack: [Int] = []

    init(_ program: RegexProgram, text: [Unicode.Scalar], fuel: Int) {
        self.program = program
        self.text = text
        self.fuel = fuel
    }

    /// The first match at or after a position, the leftmost and among those the preferred one.
    ///
    /// - Parameters:
    ///   - from: where the search begins.
    ///   - isSatisfiedByAny: whether it may end as soon as it is known that there is a match.
    /// - Returns: its bounds; nil for none.
    /// - Throws: when the fuel is used up.
    mutating func search(from: Int = 0, isSatisfiedByAny: Bool) throws(RegexFuelError) -> Range<Int>? {
        var (current, next) = (
            ThreadList(size: program.instructions.count), ThreadList(size: program.instructions.count)
        )
        current.clear()
        fuel -= program.instructions.count / 8
        var found: Range<Int>?
        var position = from
        while true {
            if found == nil, !(program.isAnchored && position > 0) {
                try add(0, start: position, at: position, to: &current)
            }
            if current.threads.isEmpty, found != nil || program.isAnchored || position >= text.count { break }
            next.clear()
            for thread in current.threads {
                fuel -= 1
                if case .match = program.instructions[thread.instruction] {
                    found = thread.start..<position
                    if isSatisfiedByAny { return found }
                    break  // what follows is less preferred
                }
                if position < text.count, accepts(thread.instruction, text[position]) {
                    try add(thread.instruction + 1, start: thread.start, at: position + 1, to: &next)
                }
            }
            if position >= text.count { break }
            swap(&current, &next)
            position += 1
        }
        return found
    }

    private func accepts(_ instruction: Int, _ scalar: Unicode.Scalar) -> Bool {
        switch program.instructions[instruction] {
        case .scalar(let wanted): wanted == scalar
        case .characters(let characters): characters.contains(scalar)
        case .any(let matchesNewline): matchesNewline || scalar != "\n"
        default: false
        }
    }

    /// Follows jumps, splits and assertions from an instruction to those that read a scalar.
    private mutating func add(
        _ instruction: Int, start: Int, at position: Int, to list: inout ThreadList
    ) throws(RegexFuelError) {
        stack.append(instruction)
        while let instruction = stack.popLast() {
            guard list.isNew(instruction) else { continue }
            fuel -= 1
            if fuel < 0 { throw RegexFuelError() }
            switch program.instructions[instruction] {
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .assertion(let assertion):
                if holds(assertion, at: position) { stack.append(instruction + 1) }
            default: list.threads.append(Thread(instruction: instruction, start: start))
            }
        }
    }

    private func holds(_ assertion: RegexNode.Assertion, at position: Int) -> Bool {
        func isWord(_ index: Int) -> Bool {
            text.indices.contains(index) && CharacterClass.word.contains(text[index])
        }
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lineStart: return position == 0 || text[position - 1] == "\n"
        case .lineEnd: return position == text.count || text[position] == "\n"
        case .wordBoundary: return isWord(position - 1) != isWord(position)
        case .noWordBoundary: return isWord(position - 1) == isWord(position)
        }
    }
}

/// A search took more steps than it was given.
public struct RegexFuelError: Error, Sendable {}
