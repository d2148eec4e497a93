import KubeAPI
import Testing

@testable import CEL

/// One line of a table: an expression, and after the arrow what it gives.
///
/// * `=> literal`: a value of that type, written in the language itself;
/// * `=! message`: an error when it runs, which contains the message;
/// * `=? message`: an error when it is compiled.
struct Row: Sendable, CustomTestStringConvertible {
    enum Wanted: Sendable {
        case value(String)
        case failure(String)
        case refusal(String)
    }

    let expression: String
    let wanted: Wanted
    var testDescription: String { expression }

    static func table(_ text: String) -> [Row] {
        text.split(separator: "\n").compactMap { line in
            for (arrow, wanted) in [
                (" => ", Wanted.value), (" =! ", Wanted.failure), (" =? ", Wanted.refusal),
            ] {
                guard let place = line.firstRange(of: arrow) else { continue }
                let expression = line[..<place.lowerBound].trimmingSuffix(" ")
                return Row(expression: expression, wanted: wanted(line[place.upperBound...].trimmingSuffix(" ")))
            }
            return nil
        }
    }

    /// Compiles and runs the expression, and compares.
    func check(variables: [String: CELType] = [:], values: [String: Value] = [:]) throws {
        let program: Program
        do throws(Program.Errors) {
            program = try Program(expression, variables: variables)
        } catch {
            guard case .refusal(let message) = wanted else {
                Issue.record("\(expression) does not compile: \(error)")
                return
            }
            #expect(error.description.contains(message), "\(error.description)")
            return
        }
        let outcome = program.evaluate(values)
        switch (outcome.result, wanted) {
        case (.success(let value), .value(let text)):
            let expected = try Program(text, variables: variables).evaluate(values).result.get()
            #expect(value == expected, "\(expression) gives \(Library.shown(value))")
            #expect(value.typeName == expected.typeName, "\(expression) gives \(Library.shown(value))")
        case (.failure(let error), .failure(let message)):
            #expect(error.message.contains(message), "\(expression) fails with \(error.message)")
        case (.success(let value), _): Issue.record("\(expression) gives \(Library.shown(value))")
        case (.failure(let error), _): Issue.record("\(expression) fails with \(error.message)")
        }
        #expect(outcome.cost > 0)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self
        while text.last == suffix { text.removeLast() }
        return String(text)
    }
}
