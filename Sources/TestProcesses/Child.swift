import Foundation
import Synchronization

/// A child process whose standard output is read by lines.
package final class Child: Sendable {
    package let pid: Int32
    private let process: UncheckedProcess
    private let exited: Task<Int32, Never>
    private let lines: AsyncStream<String>

    /// Foundation's Process is only started, asked for its pid and signalled here, each from one place at a time.
    private struct UncheckedProcess: @unchecked Sendable { let process: Process }

    package init(_ program: String, _ arguments: [String], environment: [String: String]? = nil, errors: String) throws
    {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        if let environment { process.environment = environment }
        let output = Pipe()
        process.standardOutput = output
        // Opened, not made anew: `createFile` would put a plain file in the place of a device.
        let log = open(errors, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard log >= 0 else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: errors]) }
        process.standardError = FileHandle(fileDescriptor: log, closeOnDealloc: true)
        process.standardInput = FileHandle.nullDevice
        let (exits, exit) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = {
            exit.yield($0.terminationStatus)
            exit.finish()
        }
        let (lines, line) = AsyncStream<String>.makeStream()
        self.lines = lines
        try process.run()
        Self.read(output, into: line)
        pid = process.processIdentifier
        self.process = UncheckedProcess(process: process)
        exited = Task {
            for await status in exits { return status }
            return -1
        }
    }

    /// Reads from a thread of its own: a dispatch source may still be at work on a descriptor that its end has closed.
    private static func read(_ pipe: Pipe, into line: AsyncStream<String>.Continuation) {
        let handle = FileHandle(fileDescriptor: dup(pipe.fileHandleForReading.fileDescriptor), closeOnDealloc: true)
        Thread.detachNewThread {
            var text = ""
            while case let data = handle.availableData, !data.isEmpty {
                text += String(decoding: data, as: UTF8.self)
                while let end = text.firstIndex(of: "\n") {
                    line.yield(String(text[..<end]))
                    text.removeSubrange(...end)
                }
            }
            line.finish()
        }
    }

    /// The next line of its output; nil when there is none in time or it has ended.
    package func nextLine(within limit: Duration) async -> String? {
        await withTimeout(limit) { [lines] in
            for await line in lines { return line }
            return nil
        } ?? nil
    }

    /// SIGTERM, and SIGKILL after the limit.
    /// - Returns: the exit status, or nil when it had to be killed.
    package func stop(within limit: Duration) async -> Int32? {
        Foundation.kill(pid, SIGTERM)
        if let status = await withTimeout(limit, { [exited] in await exited.value }) { return status }
        await kill()
        return nil
    }

    package func kill() async {
        Foundation.kill(pid, SIGKILL)
        _ = await exited.value
    }
}

/// What `body` returns, or nil when it takes longer.
package func withTimeout<T: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async -> T) async -> T? {
    await withCheckedContinuation { continuation in
        let answered = Mutex(false)
        let answer: @Sendable (T?) -> Void = { value in
            let isFirst = answered.withLock { done in
                defer { done = true }
                return !done
            }
            if isFirst { continuation.resume(returning: value) }
        }
        let work = Task { answer(await body()) }
        Task {
            try? await Task.sleep(for: limit)
            answer(nil)
            work.cancel()
        }
    }
}
