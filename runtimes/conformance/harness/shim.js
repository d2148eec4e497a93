'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')
const { Arrivals } = require('./wait')

const searchPath = '/usr/local/bin:/usr/bin:/bin'

/** The process that holds the descriptors for all hosts of a test file: shim.py. */
class Shim {
  #process
  #events = new Arrivals()
  #listeners = new Map()

  constructor () {
    this.#process = spawn('python3', ['-IS', path.join(__dirname, 'shim.py')], { stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: searchPath } })
    let rest = ''
    this.#process.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      for (const line of lines) this.#happened(JSON.parse(line))
    })
    this.ended = new Promise((resolve) => this.#process.on('exit', resolve))
  }

  #happened (event) {
    const listener = this.#listeners.get(event.host ?? event.name)
    if (listener) listener(event); else this.#events.add(event)
  }

  order (name, members) { this.#process.stdin.write(JSON.stringify({ do: name, ...members }) + '\n') }

  /** Calls `listener` with the events of the host, or pipe, of that name. */
  follow (name, listener) { this.#listeners.set(name, listener) }

  /** Opens a listening socket; resolves with its port. */
  async listen (name) {
    this.order('listen', { name })
    const { port } = await this.#events.take((it) => it.event === 'listening' && it.name === name, 10, () => 'shim.py opens no socket')
    return port
  }

  async end () {
    this.#process.stdin.end()
    await this.ended
  }
}

let shim = null

module.exports = { searchPath, get shim () { return (shim ??= new Shim()) }, end: () => shim?.end() }
