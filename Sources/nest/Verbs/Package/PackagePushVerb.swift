import ArgumentParser
import Foundation
import KubeAPI
import KubeClient
import Logging
import NestAPI
import NestLogging
import Packages

/// `nest package push FILE|DIR`.
struct PackagePushVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Store an archive, or a directory as one, in the package store.",
        discussion: """
            `nest up` has a store and says where it is in the ConfigMap `package-store` of the namespace `nest-system`.
            """)

    @Argument(help: "The archive (.tar.zst, .tar.lz4, .tar.gz, .zip, .jar), or the directory to pack.")
    var path: String

    @OptionGroup var connection: ClientOptions

    func run() async throws {
        try await PackageVerb.run {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                throw Failure("\(path) is not there: give an archive or a directory.")
            }
            guard isDirectory.boolValue else { return try await push(path, PackageFile(path)) }
            let folder = try FileManager.default.url(
                for: .itemReplacementDirectory, in: .userDomainMask,
                appropriateFor: FileManager.default.temporaryDirectory, create: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let archive = folder.appending(path: "package.tar.zst").path
            try await push(archive, PackageFile(packing: path, to: archive))
        }
    }

    private func push(_ archive: String, _ file: PackageFile) async throws {
        let configuration = try connection.configuration()
        let url = try await store(configuration) + "/" + file.sha256
        let token = try configuration.tokenFile.map { try String(contentsOfFile: $0, encoding: .utf8) }
        guard let token = token ?? configuration.token else {
            throw Failure("the kubeconfig's user has no token, which the package store asks for.")
        }
        try PackageUpload.put(archive, to: url, token: token.trimmingCharacters(in: .whitespacesAndNewlines))
        PackageVerb.say(url, file)
    }

    private func store(_ configuration: ClientConfiguration) async throws -> String {
        var logger = Logger(label: "package") { LogfmtHandler(component: $0) }
        logger.logLevel = .warning
        let client = try KubeClient(configuration, logger: logger)
        let (namespace, name) = (NestGroup.systemNamespace, LocalPackageStore.name)
        let found: Result<ConfigMap, any Error>
        do {
            found = .success(try await client.get(namespace: namespace, name: name))
        } catch {
            found = .failure(error)
        }
        await client.shutdown()
        do {
            guard let url = try found.get().data?["url"], !url.isEmpty else {
                throw Failure("the ConfigMap \(namespace)/\(name) has no key 'url'.")
            }
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        } catch let status as Status where status.isNotFound {
            throw Failure(
                "\(configuration.server) has no package store: the ConfigMap \(namespace)/\(name) would say where.")
        }
    }
}
