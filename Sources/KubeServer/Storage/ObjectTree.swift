import KubeAPI

/// An ordered map of objects by their keys that never changes in place: a change makes a new tree that shares all that
/// is the same, so a copy is a snapshot that costs nothing.
///
/// Every operation takes time logarithmic in the number of objects. A treap: ordered by key, heaped by a hash of it.
struct ObjectTree: Sendable {
    private final class Node: Sendable {
        let object: StoredObject
        let priority: Int
        let left: Node?
        let right: Node?
        /// Nodes in this subtree.
        let count: Int

        init(_ object: StoredObject, _ priority: Int, _ left: Node?, _ right: Node?) {
            self.object = object
            self.priority = priority
            self.left = left
            self.right = right
            count = 1 + (left?.count ?? 0) + (right?.count ?? 0)
        }

        var key: ObjectKey { object.key }
        func with(left: Node?) -> Node { Node(object, priority, left, right) }
        func with(right: Node?) -> Node { Node(object, priority, left, right) }
    }

    private var root: Node?

    var count: Int { root?.count ?? 0 }
    var isEmpty: Bool { root == nil }

    /// The longest way from the root.
    var depth: Int { Self.depth(root) }

    private static func depth(_ node: Node?) -> Int {
        node.map { 1 + max(depth($0.left), depth($0.right)) } ?? 0
    }

    subscript(key: ObjectKey) -> StoredObject? {
        var node = root
        while let here = node {
            if here.key == key { return here.object }
            node = key < here.key ? here.left : here.right
        }
        return nil
    }

    /// All objects, in the order of their keys.
    func forEach(_ body: (StoredObject) -> Void) { Self.forEach(root, body) }

    private static func forEach(_ node: Node?, _ body: (StoredObject) -> Void) {
        guard let node else { return }
        forEach(node.left, body)
        body(node.object)
        forEach(node.right, body)
    }

    mutating func insert(_ object: StoredObject) {
        root = Self.insert(object, object.key.hashValue, into: root)
    }

    mutating func remove(_ key: ObjectKey) {
        root = Self.remove(key, from: root)
    }

    /// How many objects have smaller keys.
    func count(below key: ObjectKey) -> Int {
        var count = 0
        var node = root
        while let here = node {
            if here.key < key {
                count += 1 + (here.left?.count ?? 0)
                node = here.right
            } else {
                node = here.left
            }
        }
        return count
    }

    /// Shows the objects in order.
    ///
    /// - Parameters:
    ///   - start: the smallest key to show; nil: all.
    ///   - body: returns false to stop.
    func visit(from start: ObjectKey? = nil, _ body: (StoredObject) -> Bool) {
        _ = Self.visit(root, start, body)
    }

    private static func visit(_ node: Node?, _ start: ObjectKey?, _ body: (StoredObject) -> Bool) -> Bool {
        guard let node else { return true }
        if let start, node.key < start { return visit(node.right, start, body) }
        // Everything to the right is past the start.
        return visit(node.left, start, body) && body(node.object) && visit(node.right, nil, body)
    }

    private static func insert(_ object: StoredObject, _ priority: Int, into node: Node?) -> Node {
        guard let node else { return Node(object, priority, nil, nil) }
        if node.key == object.key { return Node(object, node.priority, node.left, node.right) }
        if priority > node.priority {
            let (left, right) = split(node, at: object.key)
            return Node(object, priority, left, right)
        }
        return object.key < node.key
            ? node.with(left: insert(object, priority, into: node.left))
            : node.with(right: insert(object, priority, into: node.right))
    }

    private static func split(_ node: Node?, at key: ObjectKey) -> (Node?, Node?) {
        guard let node else { return (nil, nil) }
        if node.key < key {
            let (left, right) = split(node.right, at: key)
            return (node.with(right: left), right)
        }
        let (left, right) = split(node.left, at: key)
        return (left, node.with(left: right))
    }

    private static func remove(_ key: ObjectKey, from node: Node?) -> Node? {
        guard let node else { return nil }
        if node.key == key { return merge(node.left, node.right) }
        return key < node.key
            ? node.with(left: remove(key, from: node.left)) : node.with(right: remove(key, from: node.right))
    }

    private static func merge(_ left: Node?, _ right: Node?) -> Node? {
        guard let left else { return right }
        guard let right else { return left }
        return left.priority > right.priority
            ? left.with(right: merge(left.right, right)) : right.with(left: merge(left, right.left))
    }
}
