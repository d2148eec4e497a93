/// What becomes of a request for which there is no sandbox at this moment.
public enum HoldDecision: Sendable, Equatable {
    /// It waits, no longer than this.
    case hold(seconds: Int)
    case refuse(HoldRefusal)

    /// Lets a request wait if a sandbox will come for it, and if there is room.
    ///
    /// | stops | sandboxes | one comes | then |
    /// | --- | --- | --- | --- |
    /// | yes | any | any | refuse |
    /// | no | none | no | refuse |
    /// | no | some | no | hold: they are busy with those before, or one has died and the table is about to say so |
    /// | no | any | yes | hold |
    ///
    /// - Parameters:
    ///   - terms: of the function.
    ///   - hasEndpoints: whether any of its sandboxes is ready, as far as the table says.
    ///   - isStopping: whether the gateway stops.
    ///   - admit: counts the request in; says why it may not wait, else nil. It is asked last, and at most once.
    /// - Returns: what becomes of the request.
    public static func of(
        _ terms: RouteTerms, hasEndpoints: Bool, isStopping: Bool, admit: () -> HoldRefusal?
    ) -> HoldDecision {
        if isStopping { return .refuse(.stopping) }
        guard hasEndpoints || terms.holdsRequests else { return .refuse(.noneComes) }
        if let refusal = admit() { return .refuse(refusal) }
        return .hold(seconds: terms.startupTimeoutSeconds)
    }
}
