import Foundation
import Testing

/// The real kubectl, with one Nest's kubeconfig and a home of its own.
struct Kubectl: Sendable {
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    let kubeconfig: String
    /// A folder with plugins, searched before the PATH.
    let plugins: String?

    init(_ nest: NestProcess, plugins: String? = nil) {
        self.init(kubeconfig: nest.ready.kubeconfig, plugins: plugins)
    }

    init(kubeconfig: String, plugins: String? = nil) {
        self.kubeconfig = kubeconfig
        self.plugins = plugins
    }

    /// Runs kubectl; a non-zero exit is a failure of the test.
    @discardableResult
    func callAsFunction(_ arguments: String..., input: String? = nil) async throws -> String {
        let result = try await attempt(arguments, input: input)
        guard result.status == 0 else {
            throw NestProcess.Failure(description: "kubectl \(arguments.joined(separator: " ")): \(result.errors)")
        }
        return result.output
    }

    /// Runs kubectl, whatever comes of it.
    func attempt(_ arguments: [String], input: String? = nil) async throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["kubectl"] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["KUBECONFIG"] = kubeconfig
        if let plugins { environment["PATH"] = plugins + ":" + (environment["PATH"] ?? "") }
        environment["HOME"] = URL(filePath: kubeconfig).deletingLastPathComponent().path + "/kubectl-home"
        process.environment = environment
        let (output, errors, stdin) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = stdin
        try process.run()
        if let input { try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try stdin.fileHandleForWriting.close()
        async let out = Self.text(of: output)
        async let err = Self.text(of: errors)
        let texts = await (out, err)
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: texts.0, errors: texts.1)
    }

    private static func text(of pipe: Pipe) async -> String {
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        let handle = FileHandle(fileDescriptor: dup(descriptor), closeOnDealloc: true)
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
            }
        }
    }
}
