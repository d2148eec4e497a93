'use strict'

const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')
const { Arrivals, within } = require('./wait')

/**
 * A request as ordinary clients make them, on a connection of its own unless an agent is given. Its body is `options.body`, or
 * is left open when that is 'open'.
 * @returns `{request, head, answer}`: the client's request, its response once its head is here, and all of the answer, which is
 * read by whoever asks for it.
 */
function request (port, target, { body, seconds = 20, ...options } = {}) {
  const request = http.request({ port, host: '127.0.0.1', path: target, agent: false, ...options })
  const head = bounded(new Promise((resolve, reject) => request.on('response', resolve).on('error', reject)), `no answer to ${target}`)
  let answer = null
  if (body === 'open') request.flushHeaders(); else request.end(body)
  return { request, head, get answer () { return (answer ??= bounded(head.then(collect), `no whole answer to ${target}`)) } }

  function bounded (promise, words) {
    const found = within(seconds, promise, () => words)
    // Whoever waits for it hears of it all the same.
    found.catch(() => {})
    return found
  }
}

async function collect (response) {
  const parts = []
  for await (const part of response) parts.push(part)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }
}

/** A connection on which bytes are sent and seen as they are. */
class Connection {
  text = ''
  isClosed = false
  #arrivals = new Arrivals()

  static async open (port) {
    const connection = new Connection(net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }))
    await once(connection.socket, 'connect')
    return connection
  }

  constructor (socket) {
    this.socket = socket
    const closed = () => {
      this.isClosed = true
      this.#arrivals.wake()
    }
    socket.setEncoding('latin1').on('data', (text) => {
      this.text += text
      this.#arrivals.wake()
    }).on('end', closed).on('close', closed).on('error', closed)
  }

  write (text) { this.socket.write(text, 'latin1') }

  /** Waits until what has come matches; forgets it up to the end of the match. */
  async reads (pattern, seconds = 10) {
    const found = await this.#arrivals.until(() => {
      const match = pattern.exec(this.text)
      if (!match && this.isClosed) throw new Error(`the connection was closed before ${pattern}: ${JSON.stringify(this.text)}`)
      return match
    }, seconds, () => `nothing like ${pattern}: ${JSON.stringify(this.text)}`)
    this.text = this.text.slice(found.index + found[0].length)
    return found
  }

  /** Waits until the peer has closed it. */
  closes (seconds = 10) {
    return this.#arrivals.until(() => this.isClosed, seconds, () => `the connection is still open: ${JSON.stringify(this.text)}`)
  }

  /** A whole answer of known length: `{status, head, body}`. */
  async answer (seconds = 10, hasBody = true) {
    const [, status, head] = await this.reads(/^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/, seconds)
    const length = Number(/^content-length: *(\d+)\r$/im.exec(head)?.[1] ?? 0)
    if (hasBody && /^transfer-encoding: *chunked\r$/im.test(head)) return { status: Number(status), head, body: await this.#chunks(seconds) }
    const [body] = hasBody ? await this.reads(new RegExp(`^[^]{${length}}`), seconds) : ['']
    return { status: Number(status), head, body }
  }

  async #chunks (seconds) {
    let body = ''
    for (;;) {
      const [, size] = await this.reads(/^([\da-f]+)\r\n/i, seconds)
      const [, piece] = await this.reads(new RegExp(`^([^]{${parseInt(size, 16)}})\\r\\n`), seconds)
      if (piece === '') return body
      body += piece
    }
  }

  close () { this.socket.destroy() }
}

module.exports = { Connection, request }
