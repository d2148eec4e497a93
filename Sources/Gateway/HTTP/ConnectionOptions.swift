/// What the Connection fields of a head say (RFC 9110 section 7.6.1).
struct ConnectionOptions: Equatable {
    var close = false
    var keepAlive = false
    var upgrade = false

    /// The most names that one head may list; honest ones list one or two, and each costs a look at every field.
    private static let limit = 16

    /// Reads all Connection fields, and marks as dropped the fields that they name.
    static func read(_ bytes: Span<UInt8>, _ fields: inout [HeaderField]) throws(MessageFault) -> ConnectionOptions {
        var options = ConnectionOptions()
        var names = 0
        for index in fields.indices where fields[index].kind == .connection {
            var start = fields[index].value.lowerBound
            let end = fields[index].value.upperBound
            while start < end {
                var stop = start
                while stop < end, bytes[stop] != ASCII.comma { stop += 1 }
                names += 1
                guard names <= limit else { throw MessageFault("Connection lists more than 16 names.") }
                options.note(bytes, bytes.trimmed(start..<stop), &fields)
                start = stop + 1
            }
        }
        return options
    }

    private mutating func note(_ bytes: Span<UInt8>, _ name: Range<Int>, _ fields: inout [HeaderField]) {
        if bytes.matches(name, "close") {
            close = true
        } else if bytes.matches(name, "keep-alive") {
            keepAlive = true
        } else if bytes.matches(name, "upgrade") {
            upgrade = true
        } else if !bytes.matches(name, "te") {
            for index in fields.indices
            where fields[index].kind.canBeNamedByConnection && bytes.matches(fields[index].name, name) {
                fields[index].kind = .dropped
            }
        }
    }
}
