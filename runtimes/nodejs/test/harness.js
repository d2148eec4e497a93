'use strict'

const assert = require('node:assert/strict')
const { fork } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')

/** A host with the shim's side of its channel in this process. */
class Host {
  constructor (context) {
    this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'nest-host-'))
    this.directory = path.join(this.root, 'package')
    this.work = path.join(this.root, 'work')
    for (const path of [this.directory, this.work]) fs.mkdirSync(path)
    this.child = fork(path.join(__dirname, '..', 'host.js'), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { PATH: '/usr/bin:/bin', BOOT: 'secret' } })
    this.output = ''
    this.readers = []
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text
        for (const wake of this.readers.splice(0)) wake()
      })
    }
    this.requests = []
    this.closed = new Promise((resolve) => this.child.on('close', resolve))
    this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve({ code, signal })))
    this.messages = []
    this.waiting = []
    this.child.on('message', (message) => {
      const next = this.waiting.shift()
      if (next) next(message); else this.messages.push(message)
    })
    context.after(() => this.end())
  }

  next () {
    if (this.messages.length > 0) return Promise.resolve(this.messages.shift())
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  /** Resolves once the host has printed something that matches. */
  async logged (pattern) {
    while (!pattern.test(this.output)) await new Promise((resolve) => this.readers.push(resolve))
  }

  /** What it has printed, parsed: docs/runtime-protocol.md. */
  get lines () {
    return this.output.split('\n').slice(0, -1).map((line) => {
      const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (stdout|stderr) ([FP]):([a-z]+)(?::(\S+))? (.*)$/.exec(line)
      if (!found) return { text: line }
      const [, , stream, part, level, id = null, text] = found
      return { stream, part, level, id, text }
    })
  }

  tell (message, handle) { this.child.send({ cmd: 'NODE_NEST', ...message }, handle) }

  /** Boots, writes `files` and loads `handler`; resolves with the host's answer. */
  async load (files, handler = 'index.handler', more = {}) {
    this.booted = await this.next()
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.directory, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, text)
    }
    const listener = net.createServer()
    await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve))
    this.port = listener.address().port
    this.tell({ type: 'load', id: 'one', directory: this.directory, workDirectory: this.work, handler, signature: 'http', env: { A: '1' }, ...more }, listener._handle)
    const answer = await this.next()
    listener.close()
    return answer
  }

  /** Resolves when the host has read so many requests of `get`, which are sent by now. */
  async reaches (count) {
    const sent = this.requests.slice(0, count)
    await Promise.all(sent.map((request) => request.writableFinished || new Promise((resolve) => request.once('finish', resolve))))
    await this.turns()
  }

  /** Lets the host's event loop turn: what was on its way to it has come. */
  async turns (count = 3) {
    for (let nonce = 1; nonce <= count; nonce++) {
      this.tell({ type: 'ping', nonce })
      await this.next()
    }
  }

  /** Asks the event loop whether it turns; resolves with what it says of its requests. */
  async ping (nonce) {
    const { connections, idleSeconds, ...counts } = await this.#pong(nonce)
    return counts
  }

  /** The same of its connections. */
  async activity (nonce) {
    const { connections, idleSeconds } = await this.#pong(nonce)
    return { connections, idleSeconds }
  }

  async #pong (nonce) {
    this.tell({ type: 'ping', nonce })
    const { type, nonce: answered, ...rest } = await this.next()
    assert.deepEqual({ type, nonce: answered }, { type: 'pong', nonce })
    return rest
  }

  /** Copies Debian's packages of these names, and what they need, into the package: as an installed program has them. */
  vendor (...names) {
    const modules = path.join(this.directory, 'node_modules')
    for (const name of names) {
      const target = path.join(modules, name)
      if (fs.existsSync(target)) continue
      const source = ['/usr/share/nodejs', '/usr/lib/nodejs'].map((root) => path.join(root, name)).find((it) => fs.existsSync(it))
      if (!source) throw new Error(`no ${name}: deploy/local/install-packages test installs what the tests need`)
      fs.cpSync(fs.realpathSync(source), target, { recursive: true })
      const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(target, 'package.json')))
      this.vendor(...Object.keys(dependencies))
    }
  }

  get (path = '/', options = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request({ port: this.port, host: '127.0.0.1', path, agent: false, ...options }, (response) => {
        let body = ''
        response.on('data', (data) => { body += data })
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
        response.on('error', reject)
      })
      this.requests.push(request)
      request.on('error', reject)
      if (options.body !== 'open') request.end(options.body)
    })
  }

  async end () {
    this.child.kill('SIGKILL')
    await this.ended
    fs.rmSync(this.root, { recursive: true, force: true })
  }
}

module.exports = { Host }
