'use strict'

// One runtime host: it boots empty, waits for one `load`, and is that sandbox until it exits.
// The protocol is described in docs/runtime-protocol.md.

const { Channel } = require('./lib/channel')
const { describe, crash } = require('./lib/failure')
const { frameOutput } = require('./lib/log')
const { Sandbox } = require('./lib/sandbox')
const { WarmUp } = require('./lib/warm-up')

// A function, and a module that is preloaded, may put something else there.
const exit = process.exit.bind(process)
const channel = new Channel(exit)
const warmUp = new WarmUp()
let sandbox = null
let preloader = null
let preloading = null

async function stop () {
  // A program that was written for a container hears of its end by this.
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM', 'SIGTERM')
  await sandbox?.close()
  exit(0)
}

/** Loads modules of layers, which functions that have them find loaded. */
async function preload (message) {
  const { Preloader } = require('./lib/preload')
  preloader = new Preloader()
  await warmUp.run()
  channel.send({ type: 'preloaded', ...await preloader.run(message) })
}

channel.onMessage = (message, handle) => {
  switch (message.type) {
    case 'load':
      if (sandbox || !handle) return handle?.close()
      channel.hide()
      sandbox = new Sandbox(message, handle, (answer) => channel.send(answer))
      return void Promise.all([preloading, warmUp.stop()]).then(() => sandbox.load(preloader))
    case 'preload':
      if (sandbox || preloader) return
      channel.hide()
      return void (preloading = preload(message))
    case 'compile':
      if (sandbox || preloader) return
      return channel.send({ type: 'compiled', ...require('./lib/compile-cache').make(message.directory, message.target) })
    case 'stop':
      return void stop()
    case 'park':
      if (!sandbox?.isParkable) return channel.send({ type: 'busy', id: message.id })
      // Nothing is accepted between this look and the end: connections wait in the socket's backlog.
      channel.send({ type: 'parked', id: message.id })
      return void stop()
    case 'ping':
      if (sandbox) sandbox.endsConnections = message.endsConnections === true
      return channel.send({ type: 'pong', nonce: message.nonce, ...sandbox?.counts })
  }
}

// Observes only: Node still prints the error and exits with 1, unless the function handles it itself.
process.on('uncaughtExceptionMonitor', (error) => {
  if (process.listenerCount('uncaughtException') > 0) return
  if (sandbox?.isLoading) return sandbox.fail(error)
  channel.send({ type: 'crashed', ...crash(error), requestId: Sandbox.currentRequest })
})

// At boot, because the first listener costs a plug 0.2 ms.
process.on('beforeExit', () => sandbox?.idle())
process.on('exit', (code) => sandbox?.exited(code))

frameOutput()
channel.send({ type: 'booted', version: process.versions.node })
warmUp.schedule()
