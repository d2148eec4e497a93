/// What checking an object has found, and what it may still cost.
///
/// Keeps the way to the part that is looked at, and makes a path of it only for an error.
struct Findings {
    private enum Step {
        case member(String)
        case index(Int)
    }

    private(set) var errors: [FieldError] = []
    /// Steps that the patterns may still take, for all texts of the object together.
    var fuel: Int
    private let root: String
    private var steps: [Step] = []

    /// - Parameters:
    ///   - root: where the object stands.
    ///   - fuel: steps that the patterns may take.
    init(at root: String, fuel: Int) {
        self.root = root
        self.fuel = fuel
    }

    /// Where the part stands that is looked at.
    var path: String {
        steps.reduce(root) { path, step in
            switch step {
            case .member(let key): FieldPath.member(path, key)
            case .index(let index): FieldPath.index(path, index)
            }
        }
    }

    /// No more errors are taken.
    var isFull: Bool { errors.isFull }

    mutating func add(_ error: FieldError) { if !isFull { errors.append(error) } }

    /// Looks at a member of the present part.
    mutating func member(_ key: String, _ look: (inout Findings) -> Void) { step(.member(key), look) }

    /// Looks at an item of the present part.
    mutating func item(_ index: Int, _ look: (inout Findings) -> Void) { step(.index(index), look) }

    private mutating func step(_ step: Step, _ look: (inout Findings) -> Void) {
        if isFull { return }
        steps.append(step)
        look(&self)
        steps.removeLast()
    }

    /// What looking at the present part in some way finds, without taking it.
    mutating func aside(_ look: (inout Findings) -> Void) -> [FieldError] {
        let kept = errors
        errors = []
        look(&self)
        defer { errors = kept }
        return errors
    }
}
