import Foundation

/// How this program was called, and what of kubectl's command line form the argument parser does not know.
enum CommandLineForm {
    /// `kubectl nest` when kubectl found it as its plugin.
    static let name =
        URL(filePath: CommandLine.arguments.first ?? "").lastPathComponent == "kubectl-nest" ? "kubectl nest" : "nest"

    /// Options that are true when they stand alone and else are given as `--option=false`.
    private static let switches = ["--watch", "--leader-elect"]

    /// Spells every switch out.
    static func spelledOut(_ arguments: [String]) -> [String] {
        arguments.map { argument in
            if argument == "-w" { return "--watch=true" }
            if argument.hasPrefix("-w=") { return "--watch=" + argument.dropFirst(3) }
            return switches.contains(argument) ? argument + "=true" : argument
        }
    }
}
