import Planning
import Testing

@Suite struct CompileLedgerTests {
    @Test func aPackageIsSeenToOnceAndAHostIsLookedForAFewTimes() {
        var ledger = CompileLedger()
        let begun = ["a", "a", "b"].map { ledger.begins($0) }
        #expect(begun == [true, false, true])
        let again = (0..<6).map { _ in ledger.findsNoHost("a") }
        #expect(again == [true, true, true, true, false, false])
        let later = (ledger.begins("a"), ledger.findsNoHost("b"))
        #expect(later == (false, true))
    }

    @Test func itIsBounded() {
        var ledger = CompileLedger()
        let begun = (0..<5000).count { ledger.begins("\($0)") }
        #expect(begun == 5000)
        let again = ledger.begins("4999")
        #expect(!again)
    }

    @Test(arguments: [
        ("20.20.2", "nodejs-20.20.2-x86_64"), ("21.0.0-nightly+1", "nodejs-21.0.0-nightly+1-x86_64"), ("", nil),
        ("../../etc", nil), ("a/b", nil), ("é", nil),
    ]) func aVersionIsPartOfAName(version: String, kind: String?) {
        #expect(CompileLedger.kind(runtime: "nodejs", version: version, architecture: "x86_64") == kind)
    }
}
