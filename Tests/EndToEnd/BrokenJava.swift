import Foundation

/// Functions for the JVM that cannot be loaded.
struct BrokenJava: Sendable {
    let name: String
    let manifest: String
    /// Each is part of the sandbox's status.
    let words: [String]

    private init(_ name: String, _ words: [String], _ manifest: String) {
        (self.name, self.words, self.manifest) = (name, words, manifest)
    }

    static func all(_ archives: Archives) throws -> [BrokenJava] {
        try sources + [noJar(archives), newer(archives)]
    }

    /// Their sources compile, with one exception.
    private static var sources: [BrokenJava] {
        func java(
            _ name: String, _ members: String, handler: String = "F", extra: String = "", _ words: String...
        ) -> BrokenJava {
            let source = Manifests.servlet("", members: members)
            return BrokenJava(
                name, words, Manifests.java(source, name: name, handler: handler, extra: extra))
        }
        return [
            java("no-class", "", handler: "com.acme.Nowhere", "ModuleNotFound", "com.acme.Nowhere"),
            java("no-method", "", handler: "F::nothing", "HandlerNotFound", "nothing"),
            java(
                "static-throws",
                #"static { if (true) throw new IllegalStateException("no database"); }"#,
                "LoadError", "no database", "F.java:3"),
            java(
                "static-hangs", "static { while (true) { } }".replacing("true", with: "System.nanoTime() != 0"),
                extra: "      startupTimeoutSeconds: 2", "StartupTimeout", "startupTimeoutSeconds"),
            java("constructor", "public F(String name) { }", "HandlerNotFound", "constructor"),
            java(
                "constructor-throws", #"public F() { throw new IllegalStateException("no licence"); }"#,
                "LoadError", "no licence"),
            java("syntax", "int x = ;", "SyntaxError", "F.java:3"),
            BrokenJava(
                "no-signature", ["HandlerNotAFunction", "F"],
                Manifests.java(
                    "public class F { public int many(int a, int b, int c) { return a; } }", name: "no-signature")),
        ]
    }

    private static func noJar(_ archives: Archives) throws -> BrokenJava {
        let path = archives.directory + "/app.jar"
        try String(repeating: "this is no jar\n", count: 100).write(toFile: path, atomically: true, encoding: .utf8)
        return BrokenJava("no-jar", ["NotAnArchive", "app.jar"], try package("no-jar", path, handler: "F"))
    }

    /// A class file of a Java that is to come: only its version is read.
    private static func newer(_ archives: Archives) throws -> BrokenJava {
        let folder = archives.directory + "/newer"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "public class F { public static String call(String it) { return it; } }".write(
            toFile: folder + "/F.java", atomically: true, encoding: .utf8)
        try Archives.run("javac", "-d", folder, folder + "/F.java")
        var bytes = try Data(contentsOf: URL(filePath: folder + "/F.class"))
        bytes[7] = 90
        try bytes.write(to: URL(filePath: folder + "/F.class"))
        try FileManager.default.removeItem(atPath: folder + "/F.java")
        let path = archives.directory + "/newer.tar.gz"
        try Archives.run("tar", "-C", folder, "-czf", path, "F.class")
        return BrokenJava(
            "newer", ["UnsupportedClassVersion", "17"], try package("newer", path, handler: "F::call"))
    }

    private static func package(_ name: String, _ path: String, handler: String) throws -> String {
        Manifests.package(
            name, "url: \"file://\(path)\", sha256: \"\(try Archives.digest(path))\"", handler: handler
        ).replacing("runtime: nodejs", with: "runtime: jvm")
    }
}
