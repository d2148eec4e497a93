import Foundation

/// A file with a word that opens something, such as a gateway's readings.
enum TokenFile {
    /// What is in the file now, so that it can be replaced; empty, which admits nobody, when there is none.
    static func read(_ path: String) -> [UInt8] {
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        return bytes.prefix(4096).filter { $0 > 0x20 && $0 < 0x7f }
    }
}
