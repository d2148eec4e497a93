import CEL
import KubeAPI

extension Schema {
    func check(_ text: String, at path: String, errors: inout [FieldError]) {
        let subject = path.isEmpty ? "" : "\(path) "
        let length = text.unicodeScalars.count
        if let minimum = fields.stringLength.minimum, length < minimum {
            errors.append(
                .invalid(path, .string(text), "\(subject)in body should be at least \(minimum) chars long"))
        }
        if let maximum = fields.stringLength.maximum, length > maximum {
            errors.append(.tooLong(path, limit: maximum))
            return  // a pattern is not tried on a text that is too long anyway
        }
        checkPattern(text, subject, at: path, errors: &errors)
        if let format = fields.format, !StringFormat.accepts(text, format: format) {
            errors.append(
                .invalid(
                    path, .string(text), "\(subject)in body must be of type \(format): \(JSONValue.string(text).shown)")
            )
        }
    }

    private func checkPattern(_ text: String, _ subject: String, at path: String, errors: inout [FieldError]) {
        guard let pattern = fields.pattern else { return }
        do throws(RegexFuelError) {
            if try pattern.matches(text) { return }
            errors.append(.invalid(path, .string(text), "\(subject)in body should match '\(pattern.text)'"))
        } catch {
            errors.append(
                .invalid(
                    path, .string(text),
                    "\(subject)in body is too long to be matched with '\(pattern.text)': shorten it"))
        }
    }

    func check(_ number: Double, shown value: JSONValue, at path: String, errors: inout [FieldError]) {
        let range = fields.range
        let subject = path.isEmpty ? "" : "\(path) "
        func add(_ rule: String, _ limit: Double) {
            errors.append(.invalid(path, value, "\(subject)in body should be \(rule) \(JSONValue.double(limit).shown)"))
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
            errors.append(.invalid(path, value, "\(subject)in body must be of type \(format): \(value.shown)"))
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
