'use strict'

const assert = require('node:assert/strict')
const { Host, check } = require('./harness')

const kind = 'one'

check('an error that nobody catches is reported, with the request, and ends the host', { fixtures: ['crashes'], kind }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('crashes')
  await sandbox.get('/crash', { headers: { 'x-request-id': 'r1' } }).catch(() => {})
  const { message, stack, requestId } = await host.message('crashed')
  assert.match(message, /late/)
  assert.equal(typeof stack, 'string')
  assert.equal(requestId, 'r1')
  const { code, signal } = await host.exit()
  assert.equal(signal, null)
  assert.notEqual(code, 0)
})

check('a function that ends its process ends it with its status, and its last words are in the log', { fixtures: ['exits'], kind }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('exits')
  await assert.rejects(sandbox.get('/exit'))
  assert.deepEqual(await host.exit(), { code: 7, signal: null })
  await host.output.ends()
  assert.equal(sandbox.log.lines.at(-1).text, 'last words')
})
