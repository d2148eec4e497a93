'use strict'

const http = require('node:http')

const problem = JSON.stringify({
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  detail: 'The function failed while it handled the request; its log has the stack.'
})

/** Serves one handler on one listening socket. */
class Server {
  #http
  #handler
  #closing = false

  constructor (handler, { timeoutSeconds = 60 } = {}) {
    this.#handler = handler
    this.#http = http.createServer((request, response) => this.#handle(request, response))
    // Longer than any gateway keeps an idle connection (10 s): the gateway closes first, so no request meets a close.
    this.#http.keepAliveTimeout = 75_000
    this.#http.headersTimeout = 80_000
    this.#http.requestTimeout = (timeoutSeconds + 30) * 1000
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

  /** Accepts nothing more and resolves when the last request has been answered. */
  close () {
    this.#closing = true
    return new Promise((resolve) => {
      this.#http.close(() => resolve())
      this.#http.closeIdleConnections()
    })
  }

  #handle (request, response) {
    if (this.#closing) this.#lastOf(response)
    response.once('finish', () => { if (this.#closing) setImmediate(() => this.#http.closeIdleConnections()) })
    try {
      const outcome = this.#handler(request, response)
      if (typeof outcome?.then === 'function') outcome.then(undefined, (error) => this.#fail(error, response))
    } catch (error) {
      this.#fail(error, response)
    }
  }

  #lastOf (response) {
    response.shouldKeepAlive = false
  }

  #fail (error, response) {
    console.error(error)
    if (response.writableEnded) return
    if (response.headersSent) return response.destroy()
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    response.writeHead(500, {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(problem)
    })
    response.end(problem)
  }
}

module.exports = { Server }
