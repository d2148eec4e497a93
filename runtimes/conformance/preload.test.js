'use strict'

const assert = require('node:assert/strict')
const { Host, check } = require('./harness')
const { fixture, preloads } = require('./harness/runtime')

const needs = preloads ? {} : { lacks: 'its manifest does not say that it preloads' }

/** Lets a host that has booted preload layers; resolves with what it says. */
async function preload (host, layers) {
  host.tell({ type: 'preload', layers, env: { PATH: '/usr/bin:/bin', HOME: host.directory, TMPDIR: host.directory } })
  const { type, ...said } = await host.message('preloaded', undefined, 60)
  return said
}

check('preloads the modules of layers, and says how many', { fixtures: ['layered'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  const { layers } = fixture('layered')
  const { modules, skipped, env = [] } = await preload(host, layers)
  assert.ok(Number.isInteger(modules) && modules >= 2, String(modules))
  assert.deepEqual(skipped, [])
  assert.ok(env.every((name) => typeof name === 'string'))
  // Nothing was loaded for anybody yet.
  const { pong } = await host.ping()
  assert.equal(pong.requests ?? 0, 0)
})

check('a function with preloaded layers finds what it would find without', { fixtures: ['layered'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  await preload(host, fixture('layered').layers)
  const sandbox = await host.load('layered')
  assert.equal(sandbox.answer.type, 'loaded', JSON.stringify(sandbox.answer))
  assert.equal((await sandbox.get()).body, 'one two package')
  await sandbox.stop()
})

check('a load that comes while layers are preloaded is not lost', { fixtures: ['layered'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  const { layers } = fixture('layered')
  host.tell({ type: 'preload', layers, env: {} })
  const sandbox = await host.load('layered')
  assert.equal(sandbox.answer.type, 'loaded', JSON.stringify(sandbox.answer))
  assert.equal((await sandbox.get()).body, 'one two package')
  await host.message('preloaded')
})

check('the function\'s environment has nothing of the preload', { fixtures: ['environment', 'layered'], kind: 'one', ...needs }, async (t) => {
  const host = await Host.boot(t)
  await preload(host, fixture('layered').layers)
  const sandbox = await host.load('environment', { env: { A: '1' } })
  assert.deepEqual((await sandbox.get()).body.split('\n').filter((it) => !/^(A|HOME|PATH|TMPDIR)=/.test(it)), [''])
})

check('a layer that is of no use to the runtime ends nothing', { fixtures: ['echo', 'layered'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  const { modules } = await preload(host, [host.directory])
  assert.equal(modules, 0)
  const sandbox = await host.load('echo')
  assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
})

check('ends when it is stopped after a preload', { fixtures: ['layered'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  await preload(host, fixture('layered').layers)
  host.tell({ type: 'stop', graceSeconds: 5 })
  assert.deepEqual(await host.exit(), { code: 0, signal: null })
})
