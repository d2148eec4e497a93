import CConfinement
import Glibc

/// A system call filter: built here, in force from `load()` on, for good and through exec.
final class SeccompFilter {
    private let context: scmp_filter_ctx

    /// A filter that answers `error` to everything, and kills callers of another architecture's system call table.
    private init(refusing error: Int32) throws(JailError) {
        guard let context = seccomp_init(nest_seccomp_errno(error)) else {
            throw JailError("seccomp: libseccomp cannot make a filter")
        }
        self.context = context
        try Self.check(
            seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, 0x8000_0000), "refuse other architectures")
    }

    convenience init(profile: JailPolicy.Profile, context known: FilterContext) throws(JailError) {
        try self.init(refusing: EPERM)
        for name in SystemCalls.allowed(by: profile) { try allow(name) }
        for rule in ArgumentRule.rules(for: profile, context: known) { try add(rule) }
    }

    deinit { seccomp_release(context) }

    /// Puts the filter in force for this thread and all that it becomes; needs no_new_privs.
    func load() throws(JailError) { try Self.check(seccomp_load(context), "load the filter") }

    /// The number of `name` on this machine's architecture; nil where it does not exist.
    static func number(_ name: String) -> Int32? {
        let number = seccomp_syscall_resolve_name(name)
        return number >= 0 ? number : nil
    }

    private func allow(_ name: String) throws(JailError) {
        // A call that is nowhere in a modern form either stays refused, which is the safe side.
        guard let number = Self.number(name) ?? SystemCalls.modernForms[name].flatMap(Self.number) else { return }
        try Self.check(seccomp_rule_add_array(context, Self.allowAction, number, 0, nil), "allow \(name)")
    }

    private func add(_ rule: ArgumentRule) throws(JailError) {
        guard let number = Self.number(rule.call) else { return }
        let action = rule.answer == .allow ? Self.allowAction : nest_seccomp_errno(ENOSYS)
        let comparisons = rule.when.map { nest_seccomp_masked_equal($0.argument, $0.mask, $0.value) }
        let result = seccomp_rule_add_array(context, action, number, UInt32(comparisons.count), comparisons)
        try Self.check(result, "allow \(rule.call) with certain arguments")
    }

    /// SCMP_ACT_ALLOW.
    private static let allowAction: UInt32 = 0x7FFF_0000

    private static func check(_ result: Int32, _ what: @autoclosure () -> String) throws(JailError) {
        try JailError.check(-result, "seccomp: cannot \(what())")
    }
}
