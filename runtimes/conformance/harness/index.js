'use strict'

const { after } = require('node:test')
const { Host } = require('./host')
const { check, isShared } = require('./runtime')
const { Traffic } = require('./traffic')

let shared = null
after(async () => (await shared)?.end())

/**
 * A fixture that serves: on a host of its own, or, where hosts are shared, on one for all tests of the file, beside whatever
 * else is on it.
 */
async function serve (context, name, more = {}) {
  if (isShared) shared ??= Host.boot({ after () {} })
  const host = isShared ? await shared : await Host.boot(context)
  const sandbox = await host.load(name, more)
  if (sandbox.answer.type !== 'loaded') throw new Error(`${name} was not loaded: ${JSON.stringify(sandbox.answer)}`)
  if (isShared) context.after(() => sandbox.discard())
  return sandbox
}

module.exports = { Host, Traffic, check, isShared, serve }
