'use strict'

const assert = require('node:assert/strict')
const { Host, check } = require('./harness')

check('finishes what is in flight, accepts nothing more and exits with 0', { fixtures: ['stream'] }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('stream')
  const { request, head, answer } = sandbox.open('/', { method: 'POST', body: 'open' })
  await head
  sandbox.release()
  host.tell({ type: 'stop', graceSeconds: 10 })
  await refusesConnections(sandbox)
  assert.ok(!host.hasEnded)
  request.end()
  assert.equal((await answer).body, 'one\ntwo\n')
  assert.deepEqual(await host.exit(), { code: 0, signal: null })
})

check('a request that waits for its turn is answered too', { fixtures: ['hold'] }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('hold', { concurrency: 1 })
  const first = sandbox.open('/first', { method: 'POST', body: 'open' })
  await sandbox.log.shows(/began \/first/)
  const second = sandbox.open('/second', { method: 'POST', body: 'open' })
  await sandbox.reaches(2)
  sandbox.release()
  host.tell({ type: 'stop', graceSeconds: 10 })
  for (const it of [first, second]) it.request.end()
  assert.equal((await first.answer).body, '/first 1')
  assert.equal((await second.answer).body, '/second 1')
  assert.deepEqual(await host.exit(), { code: 0, signal: null })
})

check('connections that are idle do not keep it', { fixtures: ['echo'], kind: 'one' }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('echo')
  const connection = await sandbox.connect()
  connection.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await connection.answer()
  sandbox.release()
  host.tell({ type: 'stop', graceSeconds: 20 })
  assert.deepEqual(await host.exit(5), { code: 0, signal: null })
})

check('ends while it loads something', { fixtures: ['never-loads'] }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.prepare()
  sandbox.send(host.loadOf(sandbox, 'never-loads'))
  await host.ping()
  host.tell({ type: 'stop', graceSeconds: 1 })
  assert.equal((await host.exit()).signal, null)
})

check('a shared host gives up after the grace', { fixtures: ['hold', 'echo'], kind: 'many' }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('hold')
  await host.load('echo')
  const open = sandbox.open('/', { method: 'POST', body: 'open' })
  await sandbox.log.shows(/began/)
  host.tell({ type: 'stop', graceSeconds: 1 })
  assert.deepEqual(await host.exit(8), { code: 0, signal: null })
  await assert.rejects(open.answer)
})

/** Waits until nobody listens on its port: what is on its way through the channel may take a moment. */
async function refusesConnections (sandbox) {
  const end = Date.now() + 10_000
  for (;;) {
    try {
      (await sandbox.connect()).close()
    } catch (error) {
      if (error.code === 'ECONNREFUSED') return
      // One that waited to be accepted when the socket was closed.
      assert.equal(error.code, 'ECONNRESET')
    }
    assert.ok(Date.now() < end, 'the port is still open')
    await sandbox.host.ping()
  }
}
