import CConfinement
import Glibc

/// Takes every capability from this process, and with no_new_privs for good.
enum Capabilities {
    /// Empties the bounding set where that is allowed (it takes CAP_SETPCAP).
    ///
    /// An ordinary user may not, and need not: a process with no_new_privs gains nothing at exec that the bounding set
    /// could keep from it.
    static func dropBoundingSet() throws(JailError) {
        guard try has(CAP_SETPCAP) else { return }
        var capability: Int32 = 0
        while nest_has_bounding(capability) >= 0 {
            try JailError.check(nest_drop_bounding(capability), "capabilities: cannot drop number \(capability)")
            capability += 1
        }
    }

    /// Clears the permitted, effective, inheritable and ambient sets.
    static func clear() throws(JailError) {
        try JailError.check(nest_clear_ambient(), "capabilities: cannot clear the ambient set")
        guard let none = cap_init() else { throw JailError("capabilities: \(JailError.reason(errno))") }
        defer { cap_free(UnsafeMutableRawPointer(none)) }
        guard cap_set_proc(none) == 0 else { throw JailError("capabilities: cannot clear: \(JailError.reason(errno))") }
        guard try areEmpty() else { throw JailError("capabilities: some are left after clearing") }
    }

    /// Whether no set of this process holds any capability.
    static func areEmpty() throws(JailError) -> Bool {
        guard let current = cap_get_proc(), let none = cap_init() else {
            throw JailError("capabilities: \(JailError.reason(errno))")
        }
        defer {
            cap_free(UnsafeMutableRawPointer(current))
            cap_free(UnsafeMutableRawPointer(none))
        }
        return cap_compare(current, none) == 0
    }

    /// Whether `capability` is in force.
    static func has(_ capability: Int32) throws(JailError) -> Bool {
        guard let current = cap_get_proc() else { throw JailError("capabilities: \(JailError.reason(errno))") }
        defer { cap_free(UnsafeMutableRawPointer(current)) }
        var flag = CAP_CLEAR
        guard cap_get_flag(current, capability, CAP_EFFECTIVE, &flag) == 0 else { return false }
        return flag == CAP_SET
    }
}
