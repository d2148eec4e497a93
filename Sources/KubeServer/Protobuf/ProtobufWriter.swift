/// Writes the fields of one protobuf message.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func text(_ field: Int, _ text: String) { data(field, Array(text.utf8)) }

    mutating func message(_ field: Int, _ message: ProtobufWriter) { data(field, message.bytes) }

    mutating func number(_ field: Int, _ number: Int64) {
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: number))
    }

    mutating func flag(_ field: Int, _ flag: Bool) { number(field, flag ? 1 : 0) }

    mutating func double(_ field: Int, _ number: Double) {
        varint(UInt64(field) << 3 | 1)
        withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
    }

    private mutating func data(_ field: Int, _ data: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(data.count))
        bytes += data
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
