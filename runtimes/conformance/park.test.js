'use strict'

const assert = require('node:assert/strict')
const { Host, check, hostFor } = require('./harness')

const kind = 'many'
const get = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

check('park: only what is idle, and it loads again on the same socket', { fixtures: ['state', 'hold'], kind }, async (t) => {
  const host = await hostFor(t)
  const sandbox = await host.load('state')
  assert.equal((await sandbox.get()).body, '1')
  assert.equal((await sandbox.get()).body, '2')
  await sandbox.shows(({ connections }) => connections === 0)
  host.tell({ type: 'park', id: sandbox.id })
  await host.about('parked', sandbox.id)
  // The port is still there, and the kernel takes connections for whoever comes.
  const connection = await sandbox.connect()
  connection.write(get('/'))
  const again = await host.load('state', { id: sandbox.id, from: sandbox })
  assert.equal(again.answer.type, 'loaded')
  assert.equal((await connection.answer()).body, '1')
  connection.close()
})

check('park: a host of one sandbox ends, and another takes the socket over', { fixtures: ['state'], kind: 'one' }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('state')
  assert.equal((await sandbox.get()).body, '1')
  await sandbox.shows(({ connections }) => connections === 0)
  host.tell({ type: 'park', id: sandbox.id })
  await host.about('parked', sandbox.id)
  const connection = await sandbox.connect()
  connection.write(get('/'))
  assert.deepEqual(await host.exit(), { code: 0, signal: null })
  const next = await Host.boot(t)
  const again = await next.load('state', { id: sandbox.id, from: sandbox })
  assert.equal(again.answer.type, 'loaded')
  assert.equal((await connection.answer()).body, '1')
  connection.close()
})

check('park: what has a connection or a request is busy, and serves on', { fixtures: ['hold', 'echo'] }, async (t) => {
  const host = await hostFor(t)
  const held = await host.load('hold')
  const { request, answer } = held.open('/a', { method: 'POST', body: 'open' })
  await held.log.shows(/began/)
  host.tell({ type: 'park', id: held.id })
  await host.about('busy', held.id)
  request.end()
  assert.equal((await answer).body, '/a 1')

  const other = await hostFor(t)
  const idle = await other.load('echo')
  const connection = await idle.connect()
  connection.write(get('/a'))
  await connection.answer()
  other.tell({ type: 'park', id: idle.id })
  await other.about('busy', idle.id)
  connection.write(get('/b'))
  assert.equal((await connection.answer()).body, 'GET /b\n')
  connection.close()
  await idle.shows(({ connections }) => connections === 0)
  other.tell({ type: 'park', id: idle.id })
  await other.about('parked', idle.id)
})

check('park: no request is lost, however it falls', { fixtures: ['echo'], kind }, async (t) => {
  const host = await hostFor(t)
  let sandbox = await host.load('echo')
  for (let i = 0; i < 20; i++) {
    await sandbox.shows(({ connections }) => connections === 0)
    host.tell({ type: 'park', id: sandbox.id })
    const coming = sandbox.connect()
    const { type } = await host.messages.take((it) => ['parked', 'busy'].includes(it.type) && it.id === sandbox.id, 10, () => 'neither parked nor busy')
    const connection = await coming
    connection.write(get(`/${i}`))
    if (type === 'parked') sandbox = await host.load('echo', { id: sandbox.id, from: sandbox })
    assert.equal((await connection.answer()).body, `GET /${i}\n`)
    connection.close()
  }
})

check('idleSeconds run while nothing is open', { fixtures: ['echo'] }, async (t) => {
  const host = await hostFor(t)
  const sandbox = await host.load('echo')
  await sandbox.shows(({ idleSeconds }) => idleSeconds >= 1)
  const connection = await sandbox.connect()
  connection.write(get('/'))
  await connection.answer()
  assert.deepEqual((({ connections, idleSeconds }) => ({ connections, idleSeconds }))(await sandbox.figures()), { connections: 1, idleSeconds: 0 })
  connection.close()
  const { idleSeconds } = await sandbox.shows(({ connections }) => connections === 0)
  assert.ok(idleSeconds < 1)
})
