/// A regular expression as instructions of a virtual machine (Thompson; Cox, "Regular Expression Matching: the Virtual
/// Machine Approach").
struct RegexProgram: Sendable {
    enum Instruction: Sendable {
        case scalar(Unicode.Scalar)
        case characters(CharacterClass)
        case any(matchesNewline: Bool)
        case assertion(RegexNode.Assertion)
        /// The first way is tried first.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    /// Beyond this an expression is refused.
    static let maximumSize = 50_000

    private(set) var instructions: [Instruction] = []
    /// Parts that were looked at: some give no instruction, however often they are repeated.
    private var steps = 0

    init(_ node: RegexNode, text: String) throws(RegexError) {
        try emit(node, text)
        instructions.append(.match)
    }

    /// No match can begin after the start of the text.
    var isAnchored: Bool {
        if case .assertion(.textStart) = instructions[0] { return true }
        return false
    }

    private mutating func emit(_ node: RegexNode, _ text: String) throws(RegexError) {
        steps += 1
        if max(instructions.count, steps / 4) > Self.maximumSize {
            throw RegexError("expression too large", text.prefix(100))
        }
        switch node {
        case .empty: break
        case .scalar(let scalar, let ignoresCase):
            let variants = ignoresCase ? CaseFolding.variants(of: scalar) : []
            if variants.isEmpty { return instructions.append(.scalar(scalar)) }
            let ranges = ([scalar] + variants).map { $0.value...$0.value }
            instructions.append(.characters(CharacterClass(ranges: ranges, ignoresCase: true)))
        case .any(let matchesNewline): instructions.append(.any(matchesNewline: matchesNewline))
        case .characters(let characters): instructions.append(.characters(characters))
        case .assertion(let assertion): instructions.append(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node, text) }
        case .choice(let nodes): try emit(choice: nodes, text)
        case .repetition(let node, let minimum, let maximum, let isLazy):
            guard let maximum else { return try emit(loop: node, minimum: minimum, isLazy: isLazy, text) }
            for _ in 0..<minimum { try emit(node, text) }
            try emit(optional: node, times: maximum - minimum, isLazy: isLazy, text)
        }
    }

    private mutating func emit(choice nodes: [RegexNode], _ text: String) throws(RegexError) {
        var jumps: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index + 1 < nodes.count else {
                try emit(node, text)
                break
            }
            let split = reserve()
            try emit(node, text)
            jumps.append(reserve())
            instructions[split] = .split(split + 1, instructions.count)
        }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    /// The choice to go on stands behind the node, so that one that matches nothing ends there (as in Go's compiler).
    private mutating func emit(
        loop node: RegexNode, minimum: Int, isLazy: Bool, _ text: String
    ) throws(RegexError) {
        for _ in 0..<max(0, minimum - 1) { try emit(node, text) }
        let skip = minimum == 0 ? reserve() : nil
        let start = instructions.count
        try emit(node, text)
        let split = reserve()
        set(split, enter: start, leave: instructions.count, isLazy: isLazy)
        if let skip { set(skip, enter: start, leave: instructions.count, isLazy: isLazy) }
    }

    private mutating func emit(
        optional node: RegexNode, times: Int, isLazy: Bool, _ text: String
    ) throws(RegexError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(reserve())
            try emit(node, text)
        }
        for split in splits { set(split, enter: split + 1, leave: instructions.count, isLazy: isLazy) }
    }

    private mutating func reserve() -> Int {
        instructions.append(.match)
        return instructions.count - 1
    }

    private mutating func set(_ split: Int, enter: Int, leave: Int, isLazy: Bool) {
        instructions[split] = isLazy ? .split(leave, enter) : .split(enter, leave)
    }
}
