/// The functions that expressions may call: the standard ones, and Kubernetes' extensions.
enum Library {
    /// Throws nothing but `EvaluationError`.
    typealias Function = @Sendable (Arguments, inout Meter) throws -> Value?

    /// The values of a call, the target of a method first.
    struct Arguments: Sendable {
        var values: [Value]
        /// Compiled already, since they stand in the expression as literals.
        var patterns: [String: RegularExpression]

        var count: Int { values.count }
        /// Beyond the end there is null, which no function takes.
        subscript(index: Int) -> Value { index < values.count ? values[index] : .null }
    }

    /// What carries out each function; nil from it means that it takes no such values.
    static let functions: [String: Function] = [
        operators, conversions, times, strings, moreStrings, lists, regex, urls, quantities, networks, sets, optionals,
        formats,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    static let declarations: [String: [Declaration]] = Declaration.parse(
        [
            standardDeclarations, timeDeclarations, stringDeclarations, listDeclarations, kubernetesDeclarations,
        ].joined(separator: "\n"))

    /// Functions whose names have a dot, as they are called.
    static let namespaced: Set<String> = Set(declarations.keys.filter { $0.contains(".") })

    /// Types that are values, by their names.
    static let typeNames: [String: String] = [
        "int": "int", "uint": "uint", "double": "double", "bool": "bool", "string": "string", "bytes": "bytes",
        "list": "list", "map": "map", "null_type": "null_type", "type": "type", "optional_type": "optional_type",
    ]

    /// Those whose names have a dot.
    static let dottedTypeNames: [String: String] = [
        "google.protobuf.Timestamp": "google.protobuf.Timestamp",
        "google.protobuf.Duration": "google.protobuf.Duration",
    ]

    private static let comparable = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"]

    private static let standardDeclarations: String = {
        var lines = """
            _==_(A,A) bool
            _!=_(A,A) bool
            @in(A,list(A)) bool
            @in(A,map(A,B)) bool
            !_(bool) bool
            -_(int) int
            -_(double) double
            _%_(int,int) int
            _%_(uint,uint) uint
            _+_(string,string) string
            _+_(bytes,bytes) bytes
            _+_(list(A),list(A)) list(A)
            size(string) int
            size(bytes) int
            size(list(A)) int
            size(map(A,B)) int
            string:size() int
            bytes:size() int
            list(A):size() int
            map(A,B):size() int
            string:contains(string) bool
            string:startsWith(string) bool
            string:endsWith(string) bool
            string:matches(string) bool
            matches(string,string) bool
            type(A) type
            dyn(A) dyn
            bool(bool) bool
            bool(string) bool
            bytes(bytes) bytes
            bytes(string) bytes
            """.split(separator: "\n").map(String.init)
        for type in ["int", "uint", "double"] {
            for sign in ["+", "-", "*", "/"] { lines.append("_\(sign)_(\(type),\(type)) \(type)") }
        }
        for sign in ["<", "<=", ">", ">="] {
            lines += comparable.map { "_\(sign)_(\($0),\($0)) bool" }
            for left in ["int", "uint", "double"] {
                lines += ["int", "uint", "double"].filter { $0 != left }.map { "_\(sign)_(\(left),\($0)) bool" }
            }
        }
        lines += ["int", "uint", "double", "string", "timestamp", "duration"].map { "int(\($0)) int" }
        lines += ["int", "uint", "double", "string"].flatMap { ["uint(\($0)) uint", "double(\($0)) double"] }
        lines += ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"].map {
            "string(\($0)) string"
        }
        return lines.joined(separator: "\n")
    }()

    private static let timeDeclarations: String = {
        var lines = """
            timestamp(string) timestamp
            timestamp(int) timestamp
            timestamp(timestamp) timestamp
            duration(string) duration
            duration(int) duration
            duration(duration) duration
            _+_(timestamp,duration) timestamp
            _+_(duration,timestamp) timestamp
            _+_(duration,duration) duration
            _-_(timestamp,timestamp) duration
            _-_(timestamp,duration) timestamp
            _-_(duration,duration) duration
            """.split(separator: "\n").map(String.init)
        for name in timestampParts.keys.sorted() {
            lines += ["timestamp:\(name)() int", "timestamp:\(name)(string) int"]
        }
        lines += ["getHours", "getMinutes", "getSeconds", "getMilliseconds"].map { "duration:\($0)() int" }
        return lines.joined(separator: "\n")
    }()

    private static let stringDeclarations = """
        string:charAt(int) string
        string:indexOf(string) int
        string:indexOf(string,int) int
        string:lastIndexOf(string) int
        string:lastIndexOf(string,int) int
        string:lowerAscii() string
        string:upperAscii() string
        string:replace(string,string) string
        string:replace(string,string,int) string
        string:split(string) list(string)
        string:split(string,int) list(string)
        list(string):join() string
        list(string):join(string) string
        string:substring(int) string
        string:substring(int,int) string
        string:trim() string
        string:reverse() string
        string:format(list(dyn)) string
        strings.quote(string) string
        string:find(string) string
        string:findAll(string) list(string)
        string:findAll(string,int) list(string)
        """

    private static let listDeclarations: String = {
        var lines = ["list(A):indexOf(A) int", "list(A):lastIndexOf(A) int"]
        lines += ["contains", "equivalent", "intersects"].map { "sets.\($0)(list(A),list(A)) bool" }
        for type in comparable {
            lines += ["list(\(type)):isSorted() bool", "list(\(type)):min() \(type)", "list(\(type)):max() \(type)"]
        }
        lines += ["int", "uint", "double", "duration"].map { "list(\($0)):sum() \($0)" }
        return lines.joined(separator: "\n")
    }()

    private static let kubernetesDeclarations: String = {
        let (quantity, url, ip, cidr) = ("kubernetes.Quantity", "kubernetes.URL", "net.IP", "net.CIDR")
        var lines = [
            "url(string) \(url)", "isURL(string) bool", "\(url):getQuery() map(string,list(string))",
            "quantity(string) \(quantity)", "isQuantity(string) bool", "\(quantity):isInteger() bool",
            "\(quantity):asInteger() int", "\(quantity):asApproximateFloat() double", "\(quantity):sign() int",
            "\(quantity):compareTo(\(quantity)) int", "ip(string) \(ip)", "isIP(string) bool",
            "ip.isCanonical(string) bool", "\(ip):family() int", "string(\(ip)) string", "cidr(string) \(cidr)",
            "isCIDR(string) bool", "\(cidr):ip() \(ip)", "\(cidr):prefixLength() int", "\(cidr):masked() \(cidr)",
            "string(\(cidr)) string", "optional.of(A) optional(A)", "optional.ofNonZeroValue(A) optional(A)",
            "optional.none() optional(A)", "optional(A):hasValue() bool", "optional(A):value() A",
            "optional(A):or(optional(A)) optional(A)", "optional(A):orValue(A) A",
            "format.named(string) optional(kubernetes.NamedFormat)",
            "kubernetes.NamedFormat:validate(string) optional(list(string))",
        ]
        lines += ["getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"].map { "\(url):\($0)() string" }
        for name in ["add", "sub"] {
            lines += ["\(quantity):\(name)(\(quantity)) \(quantity)", "\(quantity):\(name)(int) \(quantity)"]
        }
        lines += ["isLessThan", "isGreaterThan"].map { "\(quantity):\($0)(\(quantity)) bool" }
        lines += [
            "isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast",
        ].map { "\(ip):\($0)() bool" }
        for (name, type) in [("containsIP", ip), ("containsCIDR", cidr)] {
            lines += ["\(cidr):\(name)(\(type)) bool", "\(cidr):\(name)(string) bool"]
        }
        lines += NamedFormat.all.keys.sorted().map { "format.\($0)() kubernetes.NamedFormat" }
        return lines.joined(separator: "\n")
    }()
}
