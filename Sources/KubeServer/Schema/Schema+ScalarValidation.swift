import CEL
import KubeAPI

extension Schema {
    func check(_ text: String, _ findings: inout Findings) {
        if fields.stringLength.minimum != nil || fields.stringLength.maximum != nil {
            let length = text.unicodeScalars.count
            if let minimum = fields.stringLength.minimum, length < minimum {
                findings.addInvalid(.string(text), "should be at least \(minimum) chars long")
            }
            if let maximum = fields.stringLength.maximum, length > maximum {
                // A pattern is not tried on a text that is too long anyway.
                return findings.add(.tooLong(findings.path, limit: maximum))
            }
        }
        if let pattern = fields.pattern { check(text, pattern, &findings) }
        if let format = fields.format, !StringFormat.accepts(text, format: format) {
            findings.addInvalid(.string(text), "must be of type \(format): \(JSONValue.string(text).shown)")
        }
    }

    private func check(_ text: String, _ pattern: RegularExpression, _ findings: inout Findings) {
        do throws(RegexFuelError) {
            if try pattern.matches(text, spending: &findings.fuel) { return }
            findings.addInvalid(.string(text), "should match '\(pattern.text)'")
        } catch {
            findings.addInvalid(.string(text), "is too long to be matched with '\(pattern.text)': shorten it")
        }
    }

    func check(_ number: Double, shown value: JSONValue, _ findings: inout Findings) {
        let range = fields.range
        func add(_ rule: String, _ limit: Double) {
            findings.addInvalid(value, "should be \(rule) \(JSONValue.double(limit).shown)")
        }
        if let minimum = range.minimum {
            if range.exclusiveMinimum ? number <= minimum : number < minimum {
                add(range.exclusiveMinimum ? "greater than" : "greater than or equal to", minimum)
            }
        }
        if let maximum = range.maximum {
            if range.exclusiveMaximum ? number >= maximum : number > maximum {
                add(range.exclusiveMaximum ? "less than" : "less than or equal to", maximum)
            }
        }
        if let factor = range.multipleOf, factor > 0 {
            let quotient = number / factor
            if abs(quotient - quotient.rounded()) > 1e-9 { add("a multiple of", factor) }
        }
        if let format = fields.format, !Self.fits(number, format) {
            findings.addInvalid(value, "must be of type \(format): \(value.shown)")
        }
    }

    private static func fits(_ number: Double, _ format: String) -> Bool {
        switch format {
        case "int32": Int32(exactly: number) != nil
        case "int64": number >= -0x1p63 && number <= 0x1p63 && number == number.rounded()
        case "float": number.magnitude <= Double(Float.greatestFiniteMagnitude)
        default: true
        }
    }
}

extension Findings {
    /// An error about the value of the present part, as go-openapi words it.
    fileprivate mutating func addInvalid(_ value: JSONValue, _ rule: String) {
        let path = path
        add(.invalid(path, value, (path.isEmpty ? "" : "\(path) ") + "in body \(rule)"))
    }
}
