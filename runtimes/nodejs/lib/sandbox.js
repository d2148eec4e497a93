'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { replaceEnvironment } = require('./environment')
const { LoadFailure, describe } = require('./failure')
const { Invocation } = require('./invocation')
const { requireFromLayers } = require('./layers')
const { resolve } = require('./load')
const { Server } = require('./server')

/** What an export of each signature has to become to serve requests; loaded when needed, which spares each process 0.5 MB. */
const adapters = {
  http: () => httpHandler,
  event: () => require('./event').eventHandler,
  cloudevent: () => require('./cloud-event').cloudEventHandler
}

/** The one function of this process, from its `load` message on. */
class Sandbox {
  #order
  #socket
  #tell
  #file = null
  #server = null
  #isIdle = false
  #isEvaluated = false
  isLoading = true

  /** @param tell sends a message to the shim. */
  constructor (order, socket, tell) {
    this.#order = order
    this.#socket = socket
    this.#tell = tell
  }

  /**
   * Loads, serves, and says so; or says why not, and ends the process.
   * @param preloader has loaded the layers' modules before; may be null.
   */
  async load (preloader) {
    const order = this.#order
    if (order.workDirectory) process.chdir(order.workDirectory)
    replaceEnvironment(order.env ?? {})
    preloader?.handOver()
    requireFromLayers()
    if (order.compiled) require('./compile-cache').use(order.compiled)
    if (order.startSeconds) setTimeout(() => this.#end(this.#overdue()), order.startSeconds * 1000).unref()
    try {
      const { file, run } = resolve(order)
      this.#file = file
      await (order.signature === 'server' ? this.#startProgram(run) : this.#serve(await run()))
      if (!this.isLoading) return
      this.isLoading = false
      this.#tell({ type: 'loaded', id: order.id })
    } catch (error) {
      this.#end(error)
    }
  }

  /** Says that the load has failed. */
  fail (error) {
    if (!this.isLoading) return
    this.isLoading = false
    this.#tell({ type: 'failed', id: this.#order.id, ...describe(error, { directory: this.#order.directory, file: this.#file }) })
  }

  close () { return this.#server?.close() }

  /** Whether connections end with their answer; a program decides that by itself. */
  set endsConnections (value) { if (this.#server) this.#server.endsConnections = value }

  /** Whether it serves, and nobody is connected. */
  get isParkable () { return !this.isLoading && this.#server?.isIdle === true }

  /** Its requests so far; nothing before it serves. */
  get counts () { return this.#server?.counts }

  /** The id of the request that the running code belongs to. */
  static get currentRequest () { return Invocation.current?.id }

  #serve (handler) {
    const { signature = 'http', id, function: about } = this.#order
    const adapted = adapters[signature]()(handler, Object.freeze({ ...about, uid: id }))
    this.#server = new Server(adapted, this.#order)
    this.endsConnections = this.#order.endsConnections === true
    return this.#server.listen(this.#socket)
  }

  /** Resolves when the program listens; it need not end. */
  #startProgram (run) {
    const { Program } = require('./program')
    const program = new Program(this.#socket, this.#order)
    this.#server = program
    process.env.PORT = String(program.port)
    linkFiles(this.#order.directory)
    return new Promise((resolve, reject) => {
      program.listening.then(resolve)
      run().then(() => { this.#isEvaluated = true }, (error) => {
        if (this.isLoading) return reject(error)
        // It already serves: the same as any error that nobody catches.
        process.nextTick(() => { throw error })
      })
    })
  }

  #end (error) {
    if (!this.isLoading) return
    this.fail(error)
    process.exit(1)
  }

  get #name () { return path.relative(this.#order.directory, this.#file ?? this.#order.directory) }

  #overdue () {
    const seconds = Math.round(this.#order.startSeconds)
    const what = this.#isEvaluated
      ? this.#server.silence
      : 'is still being loaded: it waits for something, or does too much before it is ready'
    return new LoadFailure('StartupTimeout', `After ${seconds} s (startupTimeoutSeconds) ${this.#name} ${what}.`)
  }

  /** Nothing is left that the process could wait for. */
  idle () { this.#isIdle = true }

  /** The process ends; that is worth a word before the sandbox was loaded. */
  exited (code) {
    if (!this.isLoading) return
    process.exitCode ||= 1
    if (!this.#isIdle) {
      return this.fail(new LoadFailure('ExitedWhileLoading',
        `${this.#name} ended the process while it was loaded (exit code ${code}). Remove the call of process.exit, or see the log for what led to it.`))
    }
    this.fail(this.#isEvaluated
      ? new LoadFailure('NotListening', `${this.#name} came to its end and ${this.#server.silence}.`)
      : new LoadFailure('NeverLoaded', `${this.#name} waits (await at the top level) for something that never comes.`))
  }
}

/** A handler may have a function `upgrade`; it gets no third argument, which an Express application takes for `next`. */
function httpHandler (handler) {
  return Object.assign((request, response) => handler(request, response), { upgrade: handler.upgrade })
}

/**
 * Makes the package's files visible in the working directory, where a program looks for `./public` and `./views`.
 * New files go beside them: the package itself cannot be written.
 */
function linkFiles (directory) {
  for (const name of fs.readdirSync(directory)) {
    try {
      fs.symlinkSync(path.join(directory, name), name)
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
  }
}

module.exports = { Sandbox }
