import Foundation

/// A program of the PATH that is run to its end.
package enum Program {
    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// - Parameters:
    ///   - name: its name or path.
    ///   - arguments: its arguments.
    ///   - input: what it reads on standard input.
    ///   - environment: what differs from this process's environment.
    /// - Returns: its exit status and all that it wrote.
    /// - Throws: what kept it from being started.
    package static func run(
        _ name: String, _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
    ) async throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors, stdin) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = stdin
        try process.run()
        if let input { try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try stdin.fileHandleForWriting.close()
        async let out = text(of: output)
        async let err = text(of: errors)
        let texts = await (out, err)
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: texts.0, errors: texts.1)
    }

    private static func text(of pipe: Pipe) async -> String {
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        let handle = FileHandle(fileDescriptor: dup(descriptor), closeOnDealloc: true)
        return await withCheckedContinuation { continuation in
            // A thread of its own: one for each program that runs, so a pool of a few could be used up.
            Thread.detachNewThread {
                continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
            }
        }
    }
}
