'use strict'

const fs = require('node:fs')
const { Writable } = require('node:stream')
const { Invocation } = require('./invocation')

/** The most bytes of text in one line; a longer one comes in pieces. */
const limit = 16 << 10
/** The level of what console's methods print; all others print with that of their stream. */
const levels = { debug: 'debug', warn: 'warn', info: 'info', log: 'info', error: 'error', trace: 'debug' }
const newline = 0x0a

let level = null

/**
 * Standard output or error, a line at a time: `TIME STREAM TAGS TEXT`, Kubernetes' own form of a container's log lines.
 * TAGS are `F`, or `P` for a piece of a line that is too long, then the level, then the request's id where there is one.
 */
class LogStream extends Writable {
  #name
  #level
  #partial = []
  #size = 0

  constructor (name, fd, defaultLevel) {
    super({ decodeStrings: true })
    this.#name = name
    this.#level = defaultLevel
    this.fd = fd
    this._isStdio = true
  }

  _write (bytes, encoding, done) {
    let from = 0
    let out = ''
    for (let to; (to = bytes.indexOf(newline, from)) >= 0; from = to + 1) {
      this.#hold(bytes.subarray(from, to))
      out += this.#take('F')
    }
    if (from < bytes.length) this.#hold(bytes.subarray(from))
    if (this.#size > limit) out += this.#take('P')
    if (out) writeAll(this.fd, out)
    done()
  }

  // As Node's own it is never closed.
  _destroy (error, done) { done(error) }

  /** Prints what has no end yet. */
  flushPartial () {
    if (this.#size > 0) writeAll(this.fd, this.#take('F'))
  }

  #hold (bytes) {
    if (bytes.length === 0) return
    // A copy: the writer may use its buffer again.
    this.#partial.push(Buffer.from(bytes))
    this.#size += bytes.length
  }

  /** Everything held as lines, of which the last is whole ('F') or, with 'P', a piece whose rest stays held. */
  #take (last) {
    let text = this.#partial.length === 1 ? this.#partial[0] : Buffer.concat(this.#partial)
    this.#partial = []
    this.#size = 0
    const id = Invocation.current?.id
    const tail = `:${level ?? this.#level}${id ? `:${id}` : ''} `
    const head = `${new Date().toISOString()} ${this.#name} `
    let out = ''
    while (text.length > limit) {
      const end = boundary(text, limit)
      out += `${head}P${tail}${text.toString('utf8', 0, end)}\n`
      text = text.subarray(end)
    }
    if (last === 'P') this.#hold(text); else out += `${head}F${tail}${text}\n`
    return out
  }
}

/** The last place at or before `at` where no character is cut. */
function boundary (bytes, at) {
  let end = at
  while (end > at - 4 && (bytes[end] & 0xc0) === 0x80) end--
  return end
}

/** Waits for a slow reader: a line that was printed is not lost, and does not pile up here. */
function writeAll (fd, text) {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest))
    } catch (error) {
      if (error.code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** Sends all that the process prints through the form above. */
function frameOutput () {
  const streams = { stdout: new LogStream('stdout', 1, 'info'), stderr: new LogStream('stderr', 2, 'error') }
  for (const [name, stream] of Object.entries(streams)) {
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: true })
  }
  for (const [name, own] of Object.entries(levels)) {
    const print = console[name]
    console[name] = function (...values) { withLevel(own, () => print.apply(this, values)) }
  }
  process.on('exit', () => Object.values(streams).forEach((stream) => stream.flushPartial()))
}

function withLevel (own, print) {
  const before = level
  // console.trace prints by console.error: the outermost says what it is.
  level ??= own
  try {
    print()
  } finally {
    level = before
  }
}

module.exports = { frameOutput }
