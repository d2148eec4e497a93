import Confinement

Jail.main(arguments: Array(CommandLine.arguments.dropFirst()))
