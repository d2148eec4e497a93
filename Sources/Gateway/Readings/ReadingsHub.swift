import KubeAPI
import NIOCore
import Planning

/// Merges what all event loops count, each second and when a request meets no sandbox, and tells those who read it.
///
/// It belongs to an event loop of its own, so that it holds up no request.
final class ReadingsHub {
    private static let interval = TimeAmount.seconds(1)
    private static let readerLimit = 8
    /// Those who have not asked yet included.
    private static let connectionLimit = 32

    private let eventLoop: any EventLoop
    private let identity: String
    private let loops: [NIOLoopBound<GatewayLoop>]
    private var connections: [ReadingsConnection] = []
    private var readers: [ReadingsConnection] = []
    private var saidAt: NIODeadline
    /// Functions whose requests meet no sandbox, to be told of with the next gathering.
    private var urgent: [ObjectKey] = []
    private var isGathering = false
    private var timer: RepeatedTask?

    init(eventLoop: any EventLoop, identity: String, loops: [NIOLoopBound<GatewayLoop>]) {
        self.eventLoop = eventLoop
        self.identity = identity
        self.loops = loops
        saidAt = eventLoop.now
    }

    func start() {
        let hub = NIOLoopBound(self, eventLoop: eventLoop)
        timer = eventLoop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            hub.value.sayAll()
        }
        for loop in loops {
            loop.eventLoop.execute {
                loop.value.onUrgency = { key in hub.eventLoop.execute { hub.value.metNone(key) } }
            }
        }
    }

    func stop() {
        timer?.cancel()
        for connection in connections { connection.close() }
    }

    // MARK: Readers

    var isFull: Bool { readers.count >= Self.readerLimit }

    func add(_ connection: ReadingsConnection) {
        guard connections.count < Self.connectionLimit else { return connection.close() }
        connections.append(connection)
    }

    func remove(_ connection: ReadingsConnection) {
        connections.removeAll { $0 === connection }
        readers.removeAll { $0 === connection }
    }

    /// The first line of a reader holds all that there is at this moment.
    func begin(_ reader: ReadingsConnection) {
        readers.append(reader)
        let reader = NIOLoopBound(reader, eventLoop: eventLoop)
        gather {
            $0.presentSamples()
        } then: { hub, samples in
            reader.value.tell(hub.chunk(seconds: 0, samples.filter { !$0.isZero }))
        }
    }

    // MARK: Lines

    private func sayAll() {
        gather {
            $0.takeSamples()
        } then: { hub, samples in
            let now = hub.eventLoop.now
            let seconds = Double((now - hub.saidAt).nanoseconds) / 1e9
            hub.saidAt = now
            hub.tell(seconds: seconds, samples)
        }
    }

    private func metNone(_ key: ObjectKey) {
        guard !readers.isEmpty else { return }
        if !urgent.contains(key) { urgent.append(key) }
        sayUrgent()
    }

    /// What comes while the loops are being asked is told of with the next line.
    private func sayUrgent() {
        guard !isGathering, !urgent.isEmpty else { return }
        isGathering = true
        let keys = urgent
        urgent = []
        gather {
            $0.presentSamples(of: keys)
        } then: { hub, samples in
            hub.isGathering = false
            hub.tell(seconds: 0, samples)
            hub.sayUrgent()
        }
    }

    private func tell(seconds: Double, _ samples: [LoadSample]) {
        guard !readers.isEmpty else { return }
        let chunk = chunk(seconds: seconds, samples)
        for reader in readers { reader.tell(chunk) }
    }

    private func chunk(seconds: Double, _ samples: [LoadSample]) -> ByteBuffer {
        let functions = samples.map { sample in
            GatewayReading.Function(
                namespace: sample.key.namespace, name: sample.key.name, concurrency: sample.concurrency,
                requests: sample.requests, waiting: sample.waiting)
        }
        var chunk = ByteBuffer()
        ReadingLine.writeChunk(
            GatewayReading(gateway: identity, seconds: seconds, functions: functions), into: &chunk)
        return chunk
    }

    /// Asks every loop, and goes on with what they say of each function.
    private func gather(
        _ ask: @escaping @Sendable (GatewayLoop) -> [LoadSample],
        then use: @escaping @Sendable (ReadingsHub, [LoadSample]) -> Void
    ) {
        let hub = NIOLoopBound(self, eventLoop: eventLoop)
        let answers = loops.map { loop in loop.eventLoop.submit { ask(loop.value) } }
        EventLoopFuture.whenAllSucceed(answers, on: eventLoop).whenSuccess { use(hub.value, $0.merged()) }
    }
}
