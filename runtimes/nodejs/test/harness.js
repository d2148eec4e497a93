'use strict'

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
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (data) => { this.output += data })
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
    while (!pattern.test(this.output)) await new Promise((resolve) => this.child.stderr.once('data', resolve))
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

  get (path = '/', options = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request({ port: this.port, host: '127.0.0.1', path, agent: false, ...options }, (response) => {
        let body = ''
        response.on('data', (data) => { body += data })
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
        response.on('error', reject)
      })
      request.on('error', reject).end(options.body)
    })
  }

  async end () {
    this.child.kill('SIGKILL')
    await this.ended
    fs.rmSync(this.root, { recursive: true, force: true })
  }
}

module.exports = { Host }
