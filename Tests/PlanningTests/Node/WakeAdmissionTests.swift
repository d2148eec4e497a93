import Planning
import Testing

/// Who gets a process, and when.
@Suite struct WakeAdmissionTests {
    private static let mebibyte = Int64(1) << 20

    private func memory(_ mebibytes: Int64?, of total: Int64 = 16_384) -> () -> PressureSignals.Amount? {
        { mebibytes.map { .init(available: $0 * Self.mebibyte, total: total * Self.mebibyte) } }
    }

    private func admission(atOnce: Int = 4, waiting: [String] = []) -> WakeAdmission {
        var admission = WakeAdmission(limits: .init(reserveBytes: 100 * Self.mebibyte, atOnce: atOnce))
        for uid in waiting { admission.ask(uid, now: 0) }
        return admission
    }

    private func next(
        _ admission: inout WakeAdmission, _ mebibytes: Int64?, now: Double = 0, cost: Int64 = 60
    ) -> WakeAdmission.Decision {
        admission.next(memory(mebibytes), now: now) { _ in cost * Self.mebibyte }
    }

    private func short(_ available: Int64, _ needed: Int64) -> WakeAdmission.Decision {
        .wait(.memory(available: available * Self.mebibyte, needed: needed * Self.mebibyte))
    }

    @Test func theFirstWhoAskedIsFirst() {
        var admission = admission(waiting: ["b", "a"])
        #expect(next(&admission, 1000, now: 2) == .start(uid: "b", waited: 2))
        #expect(next(&admission, 1000, now: 3) == .start(uid: "a", waited: 3))
        #expect(next(&admission, 1000) == .none)
    }

    @Test func noMoreThanMemoryHasRoomFor() {
        var admission = admission(waiting: ["a", "b", "c"])
        // 100 MiB stay free, and each is expected to take 60.
        #expect(next(&admission, 221) == .start(uid: "a", waited: 0))
        #expect(next(&admission, 221) == .start(uid: "b", waited: 0))
        #expect(next(&admission, 221) == short(1, 60))
        #expect(admission.isShortOfMemory && admission.waiting == 1 && admission.place(of: "c") == 0)
        // Once it is loaded it shows in what is available.
        admission.ended("a")
        #expect(next(&admission, 161) == short(1, 60))
        // Another was parked.
        #expect(next(&admission, 221) == .start(uid: "c", waited: 0))
        #expect(!admission.isShortOfMemory)
    }

    @Test(arguments: [(159, 60, false), (160, 60, true), (0, 0, true), (99, 1, false)] as [(Int64, Int64, Bool)])
    func theReserveStaysFree(available: Int64, cost: Int64, starts: Bool) {
        var admission = admission(waiting: ["a"])
        #expect((next(&admission, available, cost: cost) == .start(uid: "a", waited: 0)) == starts)
    }

    @Test func asManyAtOnceAsSuitTheMachine() {
        var admission = admission(atOnce: 2, waiting: ["a", "b", "c"])
        #expect(next(&admission, nil) == .start(uid: "a", waited: 0))
        #expect(next(&admission, nil) == .start(uid: "b", waited: 0))
        #expect(next(&admission, nil) == .wait(.turn))
        #expect(!admission.isShortOfMemory)
        admission.ended("b")
        #expect(next(&admission, nil) == .start(uid: "c", waited: 0))
    }

    /// A call that waits must end; a start that only others hold up may take its time.
    @Test(arguments: [true, false])
    func whoHasWaitedLong(isFirst: Bool) {
        var admission = admission(atOnce: 1, waiting: ["a", "b", "c"])
        #expect(next(&admission, nil) == .start(uid: "a", waited: 0))
        #expect(next(&admission, nil) == .wait(.turn))
        #expect(admission.overdue("c", isFirst: isFirst) == (isFirst ? .waits : .turnedAway(.turn, others: 1)))
        #expect(admission.overdue("a", isFirst: isFirst) == .none)
        admission.ended("a")
        #expect(next(&admission, 100) == short(0, 60))
        let shortage = WakeAdmission.Shortage.memory(available: 0, needed: 60 * Self.mebibyte)
        #expect(admission.overdue("c", isFirst: isFirst) == .turnedAway(shortage, others: 1))
    }

    @Test func whoIsGoneWaitsNoMore() {
        var admission = admission(waiting: ["a", "b", "c"])
        #expect(next(&admission, 100) == short(0, 60))
        admission.ended("b")
        #expect(admission.place(of: "b") == nil && admission.place(of: "c") == 1)
        admission.ended("never")
        admission.ended("a")
        admission.ended("c")
        #expect(admission.waiting == 0 && !admission.isShortOfMemory)
        #expect(next(&admission, 0) == .none)
    }

    /// It would block all who come after it.
    @Test func oneThatWantsMoreThanThereIsNeedsHalfOfIt() {
        var admission = admission(waiting: ["giant"])
        let total = { PressureSignals.Amount(available: 600 * Self.mebibyte, total: 1100 * Self.mebibyte) }
        #expect(admission.next(total, now: 0) { _ in .max } == .start(uid: "giant", waited: 0))
    }

    @Test func sparesComeLast() {
        var admission = admission()
        #expect(admission.allowsSpare(memory(160)(), cost: 60 * Self.mebibyte))
        #expect(!admission.allowsSpare(memory(159)(), cost: 60 * Self.mebibyte))
        #expect(admission.allowsSpare(nil, cost: .max))
        admission.ask("a", now: 0)
        #expect(next(&admission, 150) == short(50, 60))
        #expect(!admission.allowsSpare(memory(1000)(), cost: 1))
    }

    @Test func saysWhatItWaitsFor() {
        let shortage = WakeAdmission.Shortage.memory(available: 5 << 20, needed: 64 << 20)
        #expect(
            shortage.words(others: 3)
                == "The pod has 5 MiB of memory available, and it is expected to take 64 MiB. 3 wait before it.")
        #expect(!WakeAdmission.Shortage.turn.words(others: 0).contains("wait"))
    }

    /// Whatever happens in whatever order: what is under way fits, and is never more than may be; nobody is overtaken.
    @Test func aBurstNeverTakesMoreThanThereIs() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var admission = admission(atOnce: 6)
            var (asked, started, running) = (0, 0, Set<String>())
            for step in 0..<400 {
                switch UInt8.random(in: 0..<4, using: &random) {
                case 0:
                    admission.ask("\(asked)", now: Double(step))
                    asked += 1
                case 1: if let done = running.randomElement(using: &random) { finish(done) }
                default:
                    let available = Int64.random(in: 0..<600, using: &random)
                    guard case .start(let uid, _) = next(&admission, available) else { break }
                    #expect(uid == "\(started)")
                    started += 1
                    running.insert(uid)
                    #expect(Int64(running.count) * 60 + 100 <= available && running.count <= 6)
                }
            }
            #expect(admission.waiting == asked - started)
            func finish(_ uid: String) {
                admission.ended(uid)
                running.remove(uid)
            }
        }
    }
}

/// What a process is expected to take.
@Suite struct WakeCostTests {
    @Test func isLearntFromThoseThatWereThere() {
        var cost = WakeCost()
        #expect(cost.bytes() == WakeCost.process)
        cost.observe(0)
        #expect(cost.bytes() == WakeCost.process)
        cost.observe(80 << 20)
        cost.observe(160 << 20)
        #expect(cost.bytes() == 90 << 20)
        #expect(cost.bytes(own: 50 << 20) == 50 << 20)
        #expect(cost.bytes(own: 50 << 20, request: 70 << 20) == 70 << 20)
        #expect(cost.bytes(own: 5 << 20) == 32 << 20)
        #expect(cost.bytes(request: .max) == .max)
        // A prewarmed process has taken its part.
        #expect(cost.bytes(own: 40 << 20, request: 64 << 20, taken: 30 << 20) == 34 << 20)
        #expect(cost.bytes(own: 34 << 20, taken: 30 << 20) == WakeCost.share)
    }

    @Test func aPlaceInAProcessThatIsThereCostsLittle() {
        #expect(WakeCost.shared(hasHost: true) < WakeCost.shared(hasHost: false))
    }
}
