'use strict'

// One runtime host: it boots empty, waits for one `load`, and is that sandbox until it exits.
// The protocol is described in docs/runtime-protocol.md.

const { Channel } = require('./lib/channel')
const { describe, crash } = require('./lib/failure')
const { load } = require('./lib/load')
const { Server } = require('./lib/server')
const { warmUp } = require('./lib/warm-up')

const channel = new Channel()
let server = null

/** Becomes the sandbox that `message` describes; `socket` is its listening socket. */
async function plug (message, socket) {
  channel.hide()
  if (message.workDirectory) process.chdir(message.workDirectory)
  replaceEnvironment(message.env ?? {})
  try {
    const handler = await load(message)
    server = new Server(handler, message)
    await server.listen(socket)
    channel.send({ type: 'loaded', id: message.id })
  } catch (error) {
    channel.send({ type: 'failed', id: message.id, ...describe(error, message) })
    process.exit(1)
  }
}

/** Leaves nothing of the boot environment in `process.env`. */
function replaceEnvironment (env) {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
}

async function stop () {
  await server?.close()
  process.exit(0)
}

let plugged = false
channel.onMessage = (message, handle) => {
  switch (message.type) {
    case 'load':
      if (plugged || !handle) return handle?.close()
      plugged = true
      return void plug(message, handle)
    case 'unload':
    case 'stop':
      return void stop()
    case 'ping':
      return channel.send({ type: 'pong', nonce: message.nonce })
  }
}

// Observes only: Node still prints the error and exits with 1, unless the function handles it itself.
process.on('uncaughtExceptionMonitor', (error) => {
  if (process.listenerCount('uncaughtException') > 0) return
  channel.send({ type: 'crashed', ...crash(error) })
})

warmUp().finally(() => channel.send({ type: 'booted', version: process.versions.node }))
