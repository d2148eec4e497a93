'use strict'

const http = require('node:http')
const { Activity } = require('./activity')
const { forAuthor } = require('./failure')
const { Gate } = require('./gate')
const { Invocation } = require('./invocation')
const { Problem } = require('./problem')

/** Serves one handler on one listening socket. */
class Server {
  #http
  #gate
  #handler
  #ending
  #activity = new Activity()
  /** Memory is short: a connection that nobody uses would keep the process. */
  endsConnections = false

  /** @param handler `(request, response, invocation)`; its `upgrade(request, socket, head)`, if any, gets upgrades. */
  constructor (handler, limits = {}) {
    this.#handler = handler
    this.#gate = new Gate(limits)
    this.#http = http.createServer((request, response) => this.#handle(request, response))
    if (typeof handler.upgrade === 'function') this.#http.on('upgrade', (...all) => this.#upgrade(...all))
    this.#activity.follow(this.#http)
    this.#ending = new Ending(this.#http)
    keepIdleConnections(this.#http)
    this.#http.requestTimeout = ((limits.timeoutSeconds ?? 60) + 30) * 1000
  }

  /** @param target what `net.Server.listen` takes: a socket handle, or a port in tests. */
  listen (target) {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(target, () => {
        this.#http.off('error', reject)
        resolve(this.#http.address())
      })
    })
  }

  /** See Gate and Activity. */
  get counts () { return { ...this.#gate.counts, ...this.#activity.report } }

  get isIdle () { return this.#activity.connections === 0 }

  /** Accepts nothing more and resolves when the last request has been answered. */
  close () { return this.#ending.begin() }

  #handle (request, response) {
    this.#ending.watch(response)
    if (this.endsConnections) response.shouldKeepAlive = false
    this.#gate.admit(request, response, (invocation) => {
      try {
        const outcome = this.#handler(request, response, invocation)
        if (typeof outcome?.then === 'function') outcome.then(undefined, (error) => this.#fail(error, response))
      } catch (error) {
        this.#fail(error, response)
      }
    })
  }

  /** A connection that becomes a tunnel may last, and is not counted. */
  #upgrade (request, socket, head) {
    const fail = (error) => {
      console.error(forAuthor(error))
      socket.destroy()
    }
    socket.on('error', () => {})
    new Invocation(request, null, Infinity).enter(async () => this.#handler.upgrade(request, socket, head)).catch(fail)
  }

  #fail (error, response) {
    const isProblem = error instanceof Problem
    if (!isProblem) console.error(forAuthor(error))
    if (response.writableEnded) return
    // With the error, so that it counts as one.
    if (response.headersSent) return response.destroy(error instanceof Error ? error : new Error(String(error)))
    const problem = isProblem ? error : new Problem(500, 'The function failed while it handled the request; its log has the stack.')
    problem.send(response)
  }
}

/** The end of an HTTP server: what is in flight is finished, and no connection outlives it. */
class Ending {
  #server
  #hasBegun = false

  constructor (server) { this.#server = server }

  begin () {
    this.#hasBegun = true
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeIdleConnections?.()
    })
  }

  watch (response) {
    if (this.#hasBegun) response.shouldKeepAlive = false
    response.once('finish', () => { if (this.#hasBegun) setImmediate(() => this.#server.closeIdleConnections()) })
  }
}

/** Longer than any gateway keeps an idle connection (10 s): the gateway closes first, so no request meets a close. */
function keepIdleConnections (server) {
  server.keepAliveTimeout = 75_000
  server.headersTimeout = 80_000
}

module.exports = { Server, Ending, keepIdleConnections }
