'use strict'

const http = require('node:http')
const net = require('node:net')
const { Activity } = require('./activity')
const { LoadFailure } = require('./failure')
const { Gate } = require('./gate')
const { Ending, keepIdleConnections } = require('./server')
const { Invocation } = require('./invocation')

/**
 * The one listening socket of an unmodified program (signature `server`): the first `listen` on $PORT, on any address,
 * takes it over; whatever else the program wants to listen on is refused.
 */
class Program {
  #gate
  #socket
  #port
  #server = null
  #ending = null
  #activity = new Activity()
  #refused = null
  #listening

  constructor (socket, limits) {
    this.#gate = new Gate(limits)
    this.#socket = socket
    this.#port = addressOf(socket)
    const program = this
    const listen = net.Server.prototype.listen
    this.listening = new Promise((resolve) => { this.#listening = resolve })
    net.Server.prototype.listen = function (...all) { return program.#listen(this, listen, all) }
  }

  get port () { return this.#port }

  /** What became of its listening, in the user's words, when nothing came of it. */
  get silence () {
    const tried = this.#refused ? `; it tried ${this.#refused}` : ''
    return `listens on nothing: a program of signature server must listen on process.env.PORT (here ${this.#port})${tried}`
  }

  /** See Gate, which is of HTTP servers, and Activity. */
  get counts () { return { ...this.#gate.counts, ...this.#activity.report } }

  get isIdle () { return this.#activity.connections === 0 }

  /** Accepts nothing more and resolves when the last request has been answered. */
  close () { return this.#ending?.begin() }

  #listen (server, listen, all) {
    const { target, options, callback } = read(all)
    if (target !== this.#port) return this.#refuse(server, new LoadFailure('WrongPort',
      `The program listens on ${describe(target)}; the one that a sandbox has is process.env.PORT (here ${this.#port}).`), target)
    if (this.#server) return this.#refuse(server, Object.assign(
      new Error(`The program already listens on port ${this.#port}.`), { code: 'EADDRINUSE', port: this.#port, syscall: 'listen' }), target)
    if (typeof server.setSecureContext === 'function') return this.#refuse(server, new LoadFailure('WrongProtocol',
      'The program listens with TLS; the gateway has ended TLS already and speaks HTTP to it.'), target)
    this.#server = server
    this.#activity.follow(server)
    this.#ending = new Ending(server)
    if (server instanceof http.Server) this.#serveHTTP(server)
    options?.signal?.addEventListener('abort', () => server.close(), { once: true })
    server.once('listening', this.#listening)
    return listen.call(server, this.#socket, ...(callback ? [callback] : []))
  }

  /** As the kernel's refusals come: as an event, so that the program may do something about it. */
  #refuse (server, error, target) {
    this.#refused ??= describe(target)
    error.code ??= 'EACCES'
    process.nextTick(() => server.emit('error', error))
    return server
  }

  #serveHTTP (server) {
    keepIdleConnections(server)
    const emit = server.emit
    server.emit = (event, ...values) => {
      const [request, response] = values
      if (event === 'request') {
        this.#ending.watch(response)
        this.#gate.admit(request, response, () => emit.call(server, event, ...values))
        return true
      }
      // A connection that becomes a tunnel may last, and is not counted.
      if (event === 'upgrade') return new Invocation(request, null, Infinity).enter(() => emit.call(server, event, ...values))
      return emit.call(server, event, ...values)
    }
  }
}

/** The forms of arguments that `net.Server.listen` takes. */
function read (all) {
  const callback = typeof all.at(-1) === 'function' ? all.at(-1) : undefined
  const [first] = all
  const options = first !== null && typeof first === 'object' ? first : undefined
  const target = options ? (options.port ?? options.path ?? 'a descriptor') : typeof first === 'function' ? undefined : first
  const port = Number(target)
  const isPort = target !== undefined && target !== null && target !== '' && Number.isInteger(port)
  return { target: isPort ? port : target ?? 0, options, callback }
}

function describe (target) {
  if (typeof target !== 'number') return target === 'a descriptor' ? target : `the unix socket ${target}`
  return target === 0 ? 'a port of its own choice (0)' : `port ${target}`
}

function addressOf (socket) {
  const address = {}
  socket.getsockname(address)
  return address.port
}

module.exports = { Program }
