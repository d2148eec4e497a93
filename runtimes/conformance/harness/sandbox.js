'use strict'

const { isShared } = require('./runtime')
const { Connection, request } = require('./http')

/** One function on a host. */
class Sandbox {
  #isReleased = false
  #shim

  constructor (host, shim, { id, port, log, descriptors }) {
    Object.assign(this, { host, id, port, log, descriptors })
    this.#shim = shim
    /** `loaded` or `failed`, once it has come. */
    this.answer = null
  }

  /** Sends a `load` with its descriptors; the write end of the log is then the host's alone. */
  send (order) {
    const { constructor } = this.host
    this.host.write(constructor.line(order, true), this.descriptors)
    if (isShared) this.#shim.order('close', { name: this.descriptors[1] })
  }

  /** A whole answer: `{status, headers, body}`. */
  get (target = '/', options = {}) { return request(this.port, target, options).answer }

  /** A request that is still being made. */
  open (target = '/', options = {}) { return request(this.port, target, options) }

  /** A connection of plain bytes. */
  connect () { return Connection.open(this.port) }

  /** What a host says of its requests, and a shared host of the sandbox; undefined when it says nothing of it. */
  async figures () {
    const { pong, stats } = await this.host.ping()
    return isShared ? stats.flatMap(({ sandboxes }) => sandboxes).find(({ id }) => id === this.id) : pong
  }

  async counts () {
    const { requests, errors, active } = await this.figures()
    return { requests, errors, active }
  }

  /** Waits until what is said of it meets a condition. */
  async shows (condition, seconds = 10) {
    for (const end = Date.now() + seconds * 1000; ;) {
      const figures = await this.figures()
      if (condition(figures)) return figures
      if (Date.now() > end) throw new Error(`after ${seconds} s: ${JSON.stringify(figures)}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Waits until so many requests are in flight. */
  reaches (active) { return this.shows((it) => it.active === active) }

  /** Reads its log, which nobody has read so far. */
  unmute () { this.#shim.order('read', { name: this.descriptors[1] }) }

  /** Gives its port up, as the shim does before it stops a sandbox. */
  release () {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#shim.order('close', { name: this.descriptors[0] })
  }

  /** Ends it without waiting, whatever it does. */
  discard () {
    this.release()
    this.host.tell({ type: 'unload', id: this.id, graceSeconds: 0 })
  }

  /** Ends it, as a sandbox of its host's kind is ended. */
  async stop (graceSeconds = 10) {
    this.release()
    if (!isShared) {
      this.host.tell({ type: 'stop', graceSeconds })
      return this.host.exit()
    }
    this.host.tell({ type: 'unload', id: this.id, graceSeconds })
    return this.host.about('unloaded', this.id, graceSeconds + 10)
  }
}

module.exports = { Sandbox }
