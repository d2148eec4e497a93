/// The sizes of the batches in which `count` things are tried: each twice as large as the one before.
///
/// When the API refuses (a quota, a webhook, a bad template) the first small batch shows it, and the rest is not tried.
/// Source: kubernetes `pkg/controller/replicaset`, `slowStartBatch`.
/// - Parameters:
///   - count: how many in all.
///   - initial: the size of the first batch.
/// - Returns: sizes that add up to `count`.
public func slowStartBatches(_ count: Int, initial: Int = 1) -> [Int] {
    var sizes: [Int] = []
    var left = count
    var size = min(max(1, initial), left)
    while left > 0 {
        sizes.append(size)
        left -= size
        size = min(2 * size, left)
    }
    return sizes
}
