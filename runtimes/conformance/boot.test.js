'use strict'

const assert = require('node:assert/strict')
const { Host, check, isShared } = require('./harness')

check('says that it has booted within 10 s, with its version, once and before anything else', {}, async (t) => {
  const host = new Host(t)
  const { version, type, ...more } = await host.message('booted', undefined, 10)
  assert.match(version, /^[\x21-\x7e]{1,64}$/)
  assert.deepEqual(more, {})
  await host.ping()
  assert.deepEqual(host.messages.all.map((it) => it.type).filter((it) => it !== 'stats'), ['booted', 'pong'])
  assert.equal(host.output.text, '')
})

check('answers a ping while nothing is loaded', {}, async (t) => {
  const host = await Host.boot(t)
  const { pong, stats } = await host.ping()
  assert.equal(pong.requests ?? 0, 0)
  assert.deepEqual(stats.flatMap(({ sandboxes }) => sandboxes), [])
  if (!isShared) return
  assert.equal(pong.loaded, 0)
  assert.equal(pong.leaked, 0)
})

check('what it is given is closed when something else is executed', { fixtures: ['echo'] }, async (t) => {
  const host = await Host.boot(t)
  await host.load('echo')
  const open = host.descriptors.filter(({ number, target, isClosedOnExec }) => number > 3 && /^(socket|pipe):/.test(target) && !isClosedOnExec)
  assert.deepEqual(open, [])
})

check('exits with 0 when it is stopped while nothing is loaded', {}, async (t) => {
  const host = await Host.boot(t)
  host.tell({ type: 'stop', graceSeconds: 5 })
  assert.deepEqual(await host.exit(), { code: 0, signal: null })
})

check('ends when its channel does', { fixtures: ['echo'] }, async (t) => {
  for (const isLoaded of [false, true]) {
    const host = await Host.boot(t)
    if (isLoaded) await host.load('echo')
    host.order('hangUp')
    assert.equal((await host.exit()).signal, null)
  }
})
