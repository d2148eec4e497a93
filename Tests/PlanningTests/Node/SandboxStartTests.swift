import Planning
import Testing

@Suite struct SandboxStartTests {
    @Test(
        arguments: [
            (false, nil, true, .first),
            (true, nil, true, .again(withPod: false)),
            (true, false, true, .again(withPod: true)),
            // Its shim went before anybody heard that it had started.
            (false, false, false, .first),
            (true, true, true, .stillParked),
            (true, true, false, .noLongerParked),
        ] as [(Bool, Bool?, Bool, SandboxStart)])
    func followsOn(hasRun: Bool, wasParked: Bool?, mayPark: Bool, start: SandboxStart) {
        #expect(SandboxStart(hasRun: hasRun, wasParked: wasParked, mayPark: mayPark) == start)
    }
}
