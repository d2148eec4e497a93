'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Log } = require('./log')
const { command, environment, fixture, isShared } = require('./runtime')
const { Sandbox } = require('./sandbox')
const process = require('./shim')
const { Arrivals } = require('./wait')

let count = 0

/** A runtime host, with the shim's side of its channel here. */
class Host {
  /** What it has said, parsed, with the number of `bytes` that the line had. */
  messages = new Arrivals()
  output = new Log()
  #name = `host-${++count}`
  #shim = process.shim
  #end = new Arrivals()
  #nonce = 0

  /** One that has booted, and ends with the test. */
  static async boot (context, options) {
    const host = new Host(context, options)
    host.booted = await host.message('booted')
    return host
  }

  /** @param options `edit`: changes the command line that the manifest says. */
  constructor (context, { edit = (words) => words } = {}) {
    this.directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'nest-conformance-')))
    this.#shim.follow(this.#name, (event) => this.#happened(event))
    this.#shim.follow(`${this.#name} output`, (event) => this.output.happened(event))
    const own = { PATH: process.searchPath, HOME: this.directory, TMPDIR: this.directory, NODE_CHANNEL_FD: '3' }
    this.order('start', { command: edit(command()), environment: { ...environment(), ...own }, directory: this.directory })
    context.after(() => this.end())
  }

  #happened (event) {
    if (event.event === 'started') return void (this.pid = event.pid)
    if (event.event === 'exit') return this.#end.add({ code: event.code, signal: event.signal })
    const message = JSON.parse(event.line)
    // Node's own acknowledgements of descriptors are allowed.
    if (message.cmd !== 'NODE_HANDLE_ACK') this.messages.add({ ...message, bytes: Buffer.byteLength(event.line) })
  }

  /** What it has said and printed, for whoever looks into a failure. */
  get story () { return 'it said: ' + JSON.stringify(this.messages.all).slice(-4000) + '\n' + this.output.text.slice(-4000) }

  /** Gives an order about this host to shim.py. */
  order (name, members) { this.#shim.order(name, { host: this.#name, ...members }) }

  /** Waits for a message that nobody has taken. */
  async message (type, matches = () => true, seconds = 10) {
    const { bytes, ...message } = await this.messages.take((it) => it.type === type && matches(it), seconds, () => `no ${type}; ${this.story}`)
    assert.ok(bytes <= 64 << 10, `${type} is a line of ${bytes} bytes`)
    return message
  }

  /** Waits for one about the sandbox of that id. */
  about (type, id, seconds) { return this.message(type, (it) => it.id === id, seconds) }

  /** Whether it has said so. */
  hasSaid (type, id) { return this.messages.all.some((it) => it.type === type && it.id === id) }

  /** The bytes of a message on the channel. */
  static line (message, hasDescriptors = false) {
    const inner = { cmd: 'NODE_NEST', ...message }
    return JSON.stringify(hasDescriptors ? { cmd: 'NODE_HANDLE', type: 'net.Native', msg: inner } : inner) + '\n'
  }

  tell (message) { this.write(Host.line(message)) }

  write (text, descriptors = []) { this.order('send', { text, descriptors }) }

  /**
   * A sandbox that is not loaded yet: its port, and its log where the host is shared.
   * @param options `id`; `isUnread`: nobody reads its log; `from`: a sandbox of any host whose socket it shares.
   */
  async prepare ({ id = `sandbox-${++count}`, isUnread = false, from } = {}) {
    const key = `${id} ${++count}`
    const socket = from?.descriptors[0] ?? `${key} socket`
    const port = from?.port ?? await this.#shim.listen(socket)
    const descriptors = [socket]
    let log = this.output
    if (isShared) {
      log = new Log()
      descriptors.push(`${key} log`)
      this.#shim.follow(descriptors[1], (event) => log.happened(event))
      this.#shim.order('pipe', { name: descriptors[1], unread: isUnread })
    }
    return new Sandbox(this, this.#shim, { id, port, log, descriptors })
  }

  /** The `load` of a fixture, with the environment that the shim gives. */
  loadOf ({ id }, name, more = {}) {
    const { layers, ...order } = fixture(name)
    const env = { PATH: process.searchPath, HOME: this.directory, TMPDIR: this.directory, ...more.env }
    if (layers.length > 0) env.NEST_LAYERS = layers.join(':')
    return {
      type: 'load', id, timeoutSeconds: 30, concurrency: 0, startSeconds: 20,
      function: { name: 'hello', namespace: 'default', revision: 'hello-00001', sandbox: 'hello-00001-x' },
      ...order, ...more, env
    }
  }

  /** Sends the `load` of a fixture, with other members of it where `more` has them, and waits for what comes of it. */
  async load (name, { id, isUnread, from, ...more } = {}) {
    const sandbox = await this.prepare({ id, isUnread, from })
    sandbox.send(this.loadOf(sandbox, name, more))
    const isAnswer = (it) => (it.type === 'loaded' || it.type === 'failed') && it.id === sandbox.id
    sandbox.answer = await this.messages.take(isAnswer, 30, () => `${name} is neither loaded nor failed; ${this.story}`)
    return sandbox
  }

  /** Asks whether it turns; what it says of its sandboxes comes with it. */
  async ping (seconds = 10) {
    const nonce = ++this.#nonce
    const before = this.messages.all.length
    this.tell({ type: 'ping', nonce })
    const pong = await this.message('pong', (it) => it.nonce === nonce, seconds)
    const since = this.messages.all.slice(before)
    const end = since.findIndex((it) => it.type === 'pong' && it.nonce === nonce)
    return { pong, stats: since.slice(0, end).filter(({ type }) => type === 'stats') }
  }

  /** Its descriptors: `{number, target, isClosedOnExec}`, the target as in `socket:[123]`. */
  get descriptors () {
    const read = (number) => {
      const target = fs.readlinkSync(`/proc/${this.pid}/fd/${number}`)
      const [, flags] = /^flags:\s+([0-7]+)$/m.exec(fs.readFileSync(`/proc/${this.pid}/fdinfo/${number}`, 'utf8'))
      return { number: Number(number), target, isClosedOnExec: (parseInt(flags, 8) & 0o2000000) !== 0 }
    }
    return fs.readdirSync(`/proc/${this.pid}/fd`).flatMap((number) => {
      try { return [read(number)] } catch { return [] }
    })
  }

  get hasEnded () { return this.#end.all.length > 0 }

  /** How it ends: `{code, signal}`. */
  exit (seconds = 10) {
    return this.#end.until(() => this.#end.all[0], seconds, () => `it has not ended; ${this.story}`)
  }

  async end () {
    if (!this.hasEnded) this.order('kill')
    await this.exit()
    fs.rmSync(this.directory, { recursive: true, force: true })
  }
}

module.exports = { Host }
