'use strict'

const fs = require('node:fs')

/**
 * The shim's end of Node's own IPC channel (NODE_CHANNEL_FD).
 *
 * Every message from the shim has `cmd: 'NODE_NEST'`. Node keeps the prefix `NODE_` to itself and delivers such
 * messages as 'internalMessage', so a function that listens for 'message' never sees them.
 */
class Channel {
  #descriptor = process.channel?.fd ?? 3
  #isHidden = false
  #exit
  onMessage = () => {}

  /** @param exit ends the process when the channel does. */
  constructor (exit) {
    this.#exit = exit
    process.on('internalMessage', (message, handle) => {
      if (message.cmd === 'NODE_NEST') return this.onMessage(message, handle)
      // What Node has received, but does not unwrap without `process.channel`.
      const inner = this.#isHidden && message.cmd === 'NODE_HANDLE' ? message.msg : null
      if (inner?.cmd === 'NODE_NEST') this.onMessage(inner, handle)
    })
    // The shim holds the other end: without it nobody can stop or reach this host.
    process.once('disconnect', () => exit(0))
    process.channel?.ref()
  }

  /** Writes one line. Synchronous, because the process may be about to end. */
  send (message) {
    let rest = Buffer.from(JSON.stringify(message) + '\n')
    const deadline = Date.now() + 1000
    while (rest.length > 0) {
      try {
        rest = rest.subarray(fs.writeSync(this.#descriptor, rest))
      } catch (error) {
        if (error.code !== 'EAGAIN' || Date.now() > deadline) return
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      }
    }
  }

  /** Takes the channel out of the function's sight. A guard against accidents; the shim trusts nothing it reads. */
  hide () {
    if (this.#isHidden) return
    this.#isHidden = true
    const exit = this.#exit
    const control = process.channel
    const symbol = Object.getOwnPropertySymbols(process).find((s) => s.description === 'kChannelHandle')
    const pipe = symbol && process[symbol]
    control?.unref()
    for (const name of ['send', 'disconnect', '_disconnect', 'connected', '_channel']) delete process[name]
    // What is left of it acknowledges descriptors, as Node's own code does by this name.
    const acknowledge = (message) => {
      if (String(message?.cmd).startsWith('NODE_HANDLE')) this.send(message)
      return true
    }
    Object.defineProperty(process, '_send', { value: acknowledge, enumerable: false, configurable: true })
    if (!pipe) return
    let reading = false
    // Node's own reader needs `process.channel`; nobody else does.
    Object.defineProperty(process, 'channel', { get: () => (reading ? control : undefined), configurable: true })
    Object.defineProperty(process, symbol, { value: pipe, enumerable: false })
    const read = pipe.onread
    pipe.onread = function (bytes) {
      if (!bytes) exit(0)
      reading = true
      try {
        return read.call(this, bytes)
      } finally {
        reading = false
      }
    }
  }
}

module.exports = { Channel }
