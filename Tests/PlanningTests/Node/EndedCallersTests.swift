import Planning
import Testing

/// Callers wait for a restart exactly when it comes at once.
@Suite struct EndedCallersTests {
    @Test(
        arguments: [
            (0, 0, .held(seconds: 30)), (0, 5, .held(seconds: 30)), (1, 5, .refused), (7, 599, .refused),
            // A long run proves that it works.
            (7, 600, .held(seconds: 30)), (-1, 5, .held(seconds: 30)),
        ] as [(Int, Double, EndedCallers)])
    func waitForARestartThatComesAtOnce(endsBefore: Int, ran: Double, expected: EndedCallers) {
        #expect(EndedCallers(endsBefore: endsBefore, ran: ran, startSeconds: 30) == expected)
        var backOff = CrashLoopBackOff(failures: endsBefore)
        backOff.ended(at: 100, ran: ran)
        #expect((backOff.wait(at: 100) == 0) == (expected != .refused))
    }
}
