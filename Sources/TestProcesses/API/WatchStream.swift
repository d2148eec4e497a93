import AsyncHTTPClient
import Foundation
import KubeAPI
import NIOCore

/// One event of a watch.
package struct WatchedEvent: Sendable, Equatable {
    /// ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.
    package let type: String
    package let object: JSONValue

    package init(type: String, object: JSONValue) {
        self.type = type
        self.object = object
    }
}

/// An open watch, read by one task at a time.
///
/// It is closed when the last reference goes.
package final class WatchStream: Sendable {
    package struct Failure: Error, CustomStringConvertible { package let description: String }

    private let lines: AsyncStream<WatchedEvent>
    private let reader: Task<Void, Never>

    init(_ body: HTTPClientResponse.Body) {
        let (lines, line) = AsyncStream<WatchedEvent>.makeStream()
        self.lines = lines
        reader = Task {
            var rest: [UInt8] = []
            do {
                for try await chunk in body {
                    rest += chunk.readableBytesView
                    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                        if let event = Self.event(rest[..<end]) { line.yield(event) }
                        rest.removeSubrange(...end)
                    }
                }
                // As client-go: an answer that is one Status without a newline is an event, too.
                if let event = Self.event(rest[...]) { line.yield(event) }
            } catch {
                // The connection broke: the watch has ended, as it may at any time.
            }
            line.finish()
        }
    }

    deinit { reader.cancel() }

    package func close() { reader.cancel() }

    /// The events as they come, without a limit of time.
    package var all: AsyncStream<WatchedEvent> { lines }

    private static func event(_ line: ArraySlice<UInt8>) -> WatchedEvent? {
        guard let value = try? JSONValue(parsing: line), let type = value["type"]?.stringValue else { return nil }
        return WatchedEvent(type: type, object: value["object"] ?? .null)
    }

    /// The next event; nil when the server has ended the watch.
    ///
    /// - Throws: `Failure` when there is none in time; the watch is of no use afterwards.
    package func next(within limit: Duration = .seconds(30)) async throws -> WatchedEvent? {
        let answer: WatchedEvent?? = await withTimeout(limit) { [lines] in
            for await event in lines { return event }
            return nil
        }
        guard let answer else { throw Failure(description: "no event came within \(limit)") }
        return answer
    }

    /// The next event that is no bookmark.
    ///
    /// - Throws: `Failure` when there is none in time, or the watch ends.
    package func event(within limit: Duration = .seconds(30)) async throws -> WatchedEvent {
        while let event = try await next(within: limit) {
            if event.type != "BOOKMARK" { return event }
        }
        throw Failure(description: "the watch ended where an event was expected")
    }

    /// That many events, without bookmarks.
    package func events(_ count: Int) async throws -> [WatchedEvent] {
        var found: [WatchedEvent] = []
        while found.count < count { found.append(try await event()) }
        return found
    }

    /// All events up to the one that `isLast` holds for.
    package func events(until isLast: (WatchedEvent) -> Bool) async throws -> [WatchedEvent] {
        var found: [WatchedEvent] = []
        while true {
            let event = try await event()
            found.append(event)
            if isLast(event) { return found }
        }
    }

    /// Every event until the server ends the watch.
    package func rest(within limit: Duration = .seconds(30)) async throws -> [WatchedEvent] {
        var found: [WatchedEvent] = []
        while let event = try await next(within: limit) { found.append(event) }
        return found
    }
}
