import CConfinement
import Glibc

/// Sets ceilings; never raises one.
enum Rlimits {
    static func apply(_ limits: JailPolicy.Limits) throws(JailError) {
        try lower(.core, to: 0)
        for (resource, value) in limits.settings { try lower(resource, to: value) }
    }

    /// Sets soft and hard to `value`, or to the hard limit that is inherited where that is lower.
    static func lower(_ resource: LimitedResource, to value: UInt64) throws(JailError) {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        let name = resource.rawValue
        try JailError.check(nest_get_limit(resource.number, &soft, &hard), "--rlimit-\(name)")
        let ceiling = min(value, hard)
        try JailError.check(nest_set_limit(resource.number, ceiling, ceiling), "--rlimit-\(name) \(value)")
    }
}

extension LimitedResource {
    /// RLIMIT_*: the same numbers on x86-64 and aarch64.
    var number: Int32 {
        switch self {
        case .fsize: 1
        case .data: 2
        case .core: 4
        case .nproc: 6
        case .nofile: 7
        }
    }
}
