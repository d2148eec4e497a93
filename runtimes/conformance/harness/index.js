'use strict'

const { after } = require('node:test')
const { Host } = require('./host')
const { check, isShared } = require('./runtime')
const shim = require('./shim')
const { Traffic } = require('./traffic')

let shared = null
after(async () => {
  await (await shared)?.end()
  await shim.end()
})

/** A host that has booted: for the test alone, or, where hosts are shared, for all tests of the file that ask so. */
function hostFor (context) {
  if (!isShared) return Host.boot(context)
  return (shared ??= Host.boot({ after () {} }))
}

/** A fixture that serves on such a host, beside whatever else is on it. */
async function serve (context, name, more = {}) {
  const sandbox = await (await hostFor(context)).load(name, more)
  if (sandbox.answer.type !== 'loaded') throw new Error(`${name} was not loaded: ${JSON.stringify(sandbox.answer)}`)
  if (isShared) context.after(() => sandbox.discard())
  return sandbox
}

module.exports = { Host, Traffic, check, hostFor, isShared, serve }
