// swift-tools-version: 6.2
import PackageDescription

/// Every module: Swift 6 language mode, warnings are errors.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let logging = product("Logging", "swift-log")
let nioCore = product("NIOCore", "swift-nio")
let nioPosix = product("NIOPosix", "swift-nio")
let nioConcurrency = product("NIOConcurrencyHelpers", "swift-nio")
let nioEmbedded = product("NIOEmbedded", "swift-nio")
let nioHTTP1 = product("NIOHTTP1", "swift-nio")
let nioSSL = product("NIOSSL", "swift-nio-ssl")
let crypto = product("Crypto", "swift-crypto")
let asyncHTTPClient = product("AsyncHTTPClient", "async-http-client")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "nest",
    products: [
        .executable(name: "nest", targets: ["nest"]),
        .executable(name: "nest-agent", targets: ["nest-agent"]),
        .executable(name: "nest-jail", targets: ["nest-jail"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C: only where a C library or a syscall needs it.
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .target(name: "CConfinement", linkerSettings: [.linkedLibrary("seccomp"), .linkedLibrary("cap")]),

        // Vocabulary and decisions: no I/O.
        library("KubeAPI"),
        library("NestAPI", ["KubeAPI"]),
        library("CEL", ["KubeAPI"]),
        library("Planning", ["NestAPI", "KubeAPI"]),

        // Control plane.
        library("KubeClient", ["KubeAPI", asyncHTTPClient, nioCore, nioPosix, nioSSL, logging]),
        library("ControllerRuntime", ["KubeClient", "KubeAPI", logging]),
        library(
            "Controllers", ["Planning", "NestAPI", "KubeAPI", "ControllerRuntime", "KubeClient", logging]),
        library(
            "KubeServer",
            [
                "KubeAPI", "CEL", nioCore, nioPosix, nioSSL, logging, crypto,
                product("Hummingbird", "hummingbird"), product("HummingbirdTLS", "hummingbird"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
                product("X509", "swift-certificates"), product("GRDB", "GRDB.swift"),
            ]),

        // Node side.
        library("Packages", ["NestAPI", "KubeAPI", "CLibArchive", "CLibCurl", crypto, logging]),
        library(
            "PackageStore",
            [
                "Packages", nioCore, nioPosix, logging, crypto, product("Hummingbird", "hummingbird"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
            ]),
        library("Confinement", ["CConfinement"]),
        library(
            "Agent",
            [
                "Planning", "NestAPI", "KubeAPI", "ControllerRuntime", "KubeClient", "Packages", "Confinement",
                "CEpoll",
                nioCore, nioPosix, logging,
            ]),

        // Request path.
        library(
            "Gateway",
            [
                "Planning", "NestAPI", "KubeAPI", "ControllerRuntime", "KubeClient", nioCore, nioPosix,
                nioConcurrency, logging,
            ]),

        // How both programs write their log.
        library("NestLogging", [logging]),

        // Programs.
        program(
            "nest",
            [
                "KubeAPI", "NestAPI", "Planning", "KubeClient", "ControllerRuntime", "Controllers", "KubeServer",
                "Packages", "PackageStore", "Agent", "Gateway", "NestLogging", nioCore, logging,
                product("ArgumentParser", "swift-argument-parser"),
                product("ServiceLifecycle", "swift-service-lifecycle"), product("Yams", "Yams"),
            ]),
        program("nest-agent", ["Agent", "KubeClient", "NestLogging", logging]),
        program("nest-jail", ["Confinement"]),

        // Tests mirror sources.
        library("NestTestKit", ["KubeAPI", "NestAPI", "KubeClient", "ControllerRuntime", logging]),
        library(
            "TestProcesses", ["KubeClient", "KubeAPI", asyncHTTPClient, nioCore, nioSSL, product("Yams", "Yams")]),
        tests("KubeAPITests", ["KubeAPI"]),
        tests("NestAPITests", ["NestAPI", "KubeAPI", product("Yams", "Yams")]),
        tests("CELTests", ["CEL", "KubeAPI"]),
        tests("PlanningTests", ["Planning", "NestAPI", "KubeAPI"]),
        tests(
            "KubeClientTests",
            ["KubeClient", "KubeAPI", "NestTestKit", nioCore, nioPosix, nioHTTP1, nioSSL]),
        tests("ControllerRuntimeTests", ["ControllerRuntime", "KubeClient", "KubeAPI", "NestTestKit"]),
        tests(
            "ControllersTests", ["Controllers", "ControllerRuntime", "KubeClient", "KubeAPI", "NestAPI", "NestTestKit"]),
        tests("KubeServerTests", ["KubeServer", "KubeAPI", asyncHTTPClient, product("Yams", "Yams")]),
        tests("PackagesTests", ["Packages", "NestAPI", "CLibArchive", crypto, logging]),
        tests(
            "PackageStoreTests",
            ["PackageStore", "Packages", "NestAPI", logging, product("ServiceLifecycle", "swift-service-lifecycle")]),
        tests("ConfinementTests", ["Confinement"]),
        tests(
            "AgentTests",
            [
                "Agent", "NestAPI", "KubeAPI", "KubeClient", "Planning", "Confinement", "NestTestKit", "nest-agent",
                "nest-jail", nioPosix, logging,
            ]),
        tests(
            "GatewayTests",
            [
                "Gateway", "Planning", "NestAPI", "NestTestKit", "KubeAPI", "KubeClient", nioCore, nioPosix,
                nioEmbedded, logging,
            ]),
        tests("NestLoggingTests", ["NestLogging", logging]),
        tests("HouseTests", []),
        tests(
            "EndToEnd", ["nest", "nest-agent", "nest-jail", "TestProcesses", asyncHTTPClient, nioCore],
            exclude: ["Programs"]),
        tests(
            "Conformance",
            ["nest", "TestProcesses", "KubeAPI"], exclude: ["python"]),
        tests(
            "Robustness",
            [
                "nest", "nest-agent", "nest-jail", "TestProcesses", "KubeAPI", asyncHTTPClient, nioCore,
            ]),
        tests("SecurityTests", ["nest-jail", "Confinement"]),
    ]
)
