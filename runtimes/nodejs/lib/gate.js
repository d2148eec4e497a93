'use strict'

const { Invocation } = require('./invocation')
const { Problem } = require('./problem')

/** The most requests that wait for one of those in the handler to end. */
const queueLimit = 100

/**
 * Lets requests into the handler: at most `concurrency` at once (0: any number), the others in the order in which they
 * came. One whose answer has not begun after `timeoutSeconds` is answered with 504 and no longer counts.
 */
class Gate {
  #concurrency
  #milliseconds
  #running = new Set()
  #waiting = []
  #counts = { requests: 0, errors: 0, active: 0 }

  constructor ({ concurrency = 0, timeoutSeconds = 60 } = {}) {
    this.#concurrency = concurrency
    this.#milliseconds = timeoutSeconds * 1000
  }

  /**
   * Since the start: `requests` that have ended, and of them `errors`, which were answered with 500 or more or whose answer
   * broke; and `active`, those that have not ended.
   */
  get counts () { return { ...this.#counts } }

  /** Calls `run(invocation)` when it is the request's turn, unless it is answered or its client is gone before that. */
  admit (request, response, run) {
    const invocation = new Invocation(request, response, this.#milliseconds)
    this.#counts.active++
    response.once('close', () => this.#closed(invocation))
    if (hasTwoHosts(request)) return new Problem(400, 'The request has more than one Host.', { connection: 'close' }).send(response)
    if (!this.#hasRoom() && this.#waiting.length >= queueLimit) {
      return new Problem(503, `${queueLimit} requests already wait for the function, whose concurrency is ${this.#concurrency}.`,
        { 'retry-after': '1' }).send(response)
    }
    invocation.run = run
    invocation.timer = setTimeout(late, this.#milliseconds, this, invocation)
    if (this.#hasRoom()) this.#start(invocation); else this.#waiting.push(invocation)
  }

  #hasRoom () {
    return this.#concurrency === 0 || this.#running.size < this.#concurrency
  }

  #start (invocation) {
    this.#running.add(invocation)
    invocation.enter(() => invocation.run(invocation))
  }

  #closed (invocation) {
    clearTimeout(invocation.timer)
    this.#count(invocation.response)
    if (!invocation.response.writableFinished) invocation.abort('AbortError', 'The client has closed the connection.')
    this.#leave(invocation)
  }

  /** A client that goes is no error of the function's. */
  #count (response) {
    const counts = this.#counts
    counts.active--
    counts.requests++
    if (response.errored || (response.headersSent && response.statusCode >= 500)) counts.errors++
  }

  #leave (invocation) {
    if (this.#running.delete(invocation)) {
      while (this.#waiting.length > 0 && this.#hasRoom()) this.#start(this.#waiting.shift())
    } else {
      const place = this.#waiting.indexOf(invocation)
      if (place >= 0) this.#waiting.splice(place, 1)
    }
  }

  late (invocation) {
    const { response } = invocation
    // An answer that has begun may go on: a stream of events has no end to wait for.
    if (response.headersSent) return
    const seconds = this.#milliseconds / 1000
    const what = this.#running.has(invocation) ? 'did not answer' : 'had no room for the request'
    invocation.abort('TimeoutError', `The request's time is over (timeoutSeconds: ${seconds}).`)
    new Problem(504, `The function ${what} within ${seconds} s (timeoutSeconds).`).send(response)
    deafen(response)
    this.#leave(invocation)
  }
}

/** Node takes the first of them; another server might take the last (RFC 9112, 3.2: such a request is refused). */
function hasTwoHosts ({ rawHeaders }) {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i].length === 4 && rawHeaders[i].toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

function late (gate, invocation) { gate.late(invocation) }

/** What a handler still says to an answered request is dropped; an error thrown at it could end the sandbox. */
function deafen (response) {
  const nothing = () => response
  for (const name of ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader', 'flushHeaders', 'writeHead', 'addTrailers']) {
    response[name] = nothing
  }
  response.write = (...all) => { callback(all); return true }
  response.end = (...all) => { callback(all); return response }
}

function callback (all) {
  const last = all[all.length - 1]
  if (typeof last === 'function') process.nextTick(last)
}

module.exports = { Gate, queueLimit }
