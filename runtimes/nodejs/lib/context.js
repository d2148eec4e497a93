'use strict'

const traceParent = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/

const logger = Object.freeze({
  debug: (...values) => console.debug(...values),
  info: (...values) => console.info(...values),
  warn: (...values) => console.warn(...values),
  error: (...values) => console.error(...values)
})

/** The second argument of an `event` or `cloudevent` handler: the request around the event, and its limits. */
class Context {
  #invocation
  #url = null

  /** @param about `{name, namespace, revision, sandbox, uid}` of the function, as far as they are known. */
  constructor (invocation, about) {
    this.#invocation = invocation
    this.function = about
    this.logger = logger
  }

  get requestId () { return this.#invocation.id }
  get deadline () { return new Date(this.#invocation.end) }
  /** Aborts when the time is over or the client gone. */
  get signal () { return this.#invocation.signal }
  getRemainingTimeMs () { return Math.max(0, this.#invocation.end - Date.now()) }

  get method () { return this.#invocation.request.method }
  get headers () { return this.#invocation.request.headers }
  get path () { return this.#parsed.path }
  /** A parameter that comes more than once is an array. */
  get query () { return this.#parsed.query }

  /** W3C Trace Context, for the calls that the handler makes; undefined when there is none, or none that is valid. */
  get traceparent () {
    const given = this.headers.traceparent
    return given !== undefined && traceParent.test(given) ? given : undefined
  }

  get tracestate () { return this.traceparent && this.headers.tracestate }

  get #parsed () {
    if (this.#url === null) {
      const [path, search = ''] = split(this.#invocation.request.url)
      this.#url = { path, query: parseQuery(search) }
    }
    return this.#url
  }
}

function split (url) {
  const mark = url.indexOf('?')
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)]
}

function parseQuery (search) {
  // No prototype: a parameter may have any name.
  const query = Object.create(null)
  for (const [name, value] of new URLSearchParams(search)) {
    const before = query[name]
    query[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  }
  return query
}

module.exports = { Context }
