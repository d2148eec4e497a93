import Foundation

/// How this program was called, and what of kubectl's command line form the argument parser does not know.
enum CommandLineForm {
    /// `kubectl nest` when kubectl found it as its plugin.
    static let name =
        URL(filePath: CommandLine.arguments.first ?? "").lastPathComponent == "kubectl-nest" ? "kubectl nest" : "nest"

    /// Options that are true when they stand alone and else are given as `--option=false`.
    private static let switches = ["--watch", "--leader-elect", "--follow", "--timestamps", "--prefix", "--tags"]

    /// Spells every switch out.
    static func spelledOut(_ arguments: [String]) -> [String] {
        let follows = arguments.first == LogsVerb.name ? "-f" : nil
        return arguments.map { argument in
            if argument == follows { return "--follow=true" }
            if argument == "-w" { return "--watch=true" }
            if argument.hasPrefix("-w=") { return "--watch=" + argument.dropFirst(3) }
            return switches.contains(argument) ? argument + "=true" : argument
        }
    }

    /// What is said of a command line that is not understood, in kubectl's form.
    static func refusal(_ message: String, _ arguments: [String]) -> String {
        // A group of verbs and one of them, or a verb.
        let count = arguments.first == RolloutVerb.name ? 2 : 1
        let verbs = arguments.prefix(count).prefix { !$0.hasPrefix("-") }
        return
            "error: \(message)\nSee '\(([name] + verbs + ["--help"]).joined(separator: " "))' for usage.\n"
    }
}
