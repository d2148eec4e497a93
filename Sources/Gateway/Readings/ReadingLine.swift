import NIOCore
import Planning

/// Spells a `GatewayReading` as one line of JSON.
enum ReadingLine {
    /// - Parameters:
    ///   - reading: what the line says; names are those of Kubernetes objects, so that they need no escapes.
    ///   - output: gets the line, as one chunk of a chunked body (RFC 9112 section 7.1).
    static func writeChunk(_ reading: GatewayReading, into output: inout ByteBuffer) {
        var line = output
        line.clear(minimumCapacity: 128 + 112 * reading.functions.count)
        write(reading, into: &line)
        output.writeString(String(line.readableBytes, radix: 16))
        output.writeStaticString("\r\n")
        output.writeBuffer(&line)
        output.writeStaticString("\r\n")
    }

    /// Writes the line without the chunk around it.
    static func write(_ reading: GatewayReading, into output: inout ByteBuffer) {
        output.writeString(
            "{\"gateway\":\"\(reading.gateway)\",\"seconds\":\(rounded(reading.seconds)),\"functions\":[")
        for (index, function) in reading.functions.enumerated() {
            output.writeString(index == 0 ? "{\"namespace\":\"" : ",{\"namespace\":\"")
            output.writeString(function.namespace)
            output.writeStaticString("\",\"name\":\"")
            output.writeString(function.name)
            output.writeString("\",\"concurrency\":\(rounded(function.concurrency)),\"requests\":\(function.requests)")
            output.writeString(",\"waiting\":\(function.waiting)}")
        }
        output.writeStaticString("]}\n")
    }

    /// To a millionth.
    private static func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
}
