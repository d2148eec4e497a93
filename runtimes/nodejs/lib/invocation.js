'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')

const storage = new AsyncLocalStorage()
let failed = null

/** One request on its way through the handler: its name, its deadline, and what ends it early. */
class Invocation {
  #controller = null
  #reason = null
  #id = null

  constructor (request, response, milliseconds) {
    this.request = request
    this.response = response
    this.end = Date.now() + milliseconds
    this.timer = null
    this.run = null
  }

  /** The gateway's `X-Request-Id`, or one of our own; without anything that could upset a log line. */
  get id () {
    if (this.#id === null) {
      const given = this.request.headers['x-request-id']
      this.#id = given !== undefined && /^[\w.~+/=@-]{1,128}$/.test(given) ? given : newId()
    }
    return this.#id
  }

  get signal () {
    this.#controller ??= new AbortController()
    if (this.#reason) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** The first reason counts. */
  abort (name, message) {
    if (this.#reason) return
    this.#reason = new DOMException(message, name)
    this.#controller?.abort(this.#reason)
  }

  /** Calls `body` so that whatever it starts knows this invocation. */
  enter (body) {
    let isDone = false
    try {
      const result = storage.run(this, body)
      isDone = true
      return result
    } finally {
      // Whoever observes the error comes at once, but after this.
      if (!isDone) {
        failed = this
        setImmediate(() => { failed = null })
      }
    }
  }

  /** The one that the running code, or the error that is being observed, belongs to; undefined outside of any. */
  static get current () { return storage.getStore() ?? failed ?? undefined }
}

/** Behind a gateway every request has a name, so the cryptography is loaded only where there is none. */
function newId () { return require('node:crypto').randomUUID() }

module.exports = { Invocation }
