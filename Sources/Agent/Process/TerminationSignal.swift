import Dispatch
import Glibc

/// SIGTERM and SIGINT as something to wait for.
enum TerminationSignal {
    /// From now on the signals no longer end the process: each is an element of the stream.
    ///
    /// To be called before anything is started that has to be ended in good order. They are caught as long as the stream
    /// lives.
    static func caught() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        let held = Held(sources: sources)
        continuation.onTermination = { _ in held.cancel() }
        return stream
    }

    /// `@unchecked`: libdispatch's objects may be used from any thread.
    private struct Held: @unchecked Sendable {
        let sources: [any DispatchSourceSignal]

        func cancel() { for source in sources { source.cancel() } }
    }
}
