'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const net = require('node:net')
const { once } = require('node:events')
const { test } = require('node:test')
const { Host } = require('./harness')

const code = 'exports.handler = (req, res) => { if (req.url !== \'/wait\') return res.end(\'ok\'); console.log(\'waits\') }'
const program = `${code}; require('http').createServer(exports.handler).listen(process.env.PORT)`

for (const [signature, handler, text] of [['http', 'index.handler', code], ['server', 'index', program]]) {
  test(`${signature}: one that nobody is connected to ends when it is asked to`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': text }, handler, { signature })
    await host.get('/')
    host.tell({ type: 'park', id: 'x' })
    assert.deepEqual(await host.next(), { type: 'parked', id: 'x' })
    assert.deepEqual(await host.ended, { code: 0, signal: null })
  })

  test(`${signature}: a connection keeps it, even an idle one`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': text }, handler, { signature })
    const idle = net.connect(host.port, '127.0.0.1')
    await once(idle, 'connect')
    do await host.turns(); while ((await host.activity(1)).connections === 0)
    host.tell({ type: 'park', id: 'x' })
    assert.deepEqual(await host.next(), { type: 'busy', id: 'x' })
    idle.destroy()
    let activity
    do activity = await host.activity(2); while (activity.connections > 0)
    assert.ok(activity.idleSeconds >= 0 && activity.idleSeconds < 5)
    host.tell({ type: 'park', id: 'x' })
    assert.deepEqual(await host.next(), { type: 'parked', id: 'x' })
  })
}

test('connections end with their answer while that is asked for', async (t) => {
  const host = new Host(t)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  await host.load({ 'index.js': code }, 'index.handler', { endsConnections: true })
  const connection = async () => (await host.get('/', { agent })).headers.connection
  assert.equal(await connection(), 'close')
  await host.ping(1)
  assert.equal(await connection(), 'keep-alive')
  host.tell({ type: 'ping', nonce: 2, endsConnections: true })
  await host.next()
  assert.equal(await connection(), 'close')
  let activity
  do activity = await host.activity(3); while (activity.connections > 0)
  host.tell({ type: 'park', id: 'x' })
  assert.deepEqual(await host.next(), { type: 'parked', id: 'x' })
})

test('one that is empty, or loads, is not parked', async (t) => {
  const host = new Host(t)
  await host.next()
  host.tell({ type: 'park', id: 'x' })
  assert.deepEqual(await host.next(), { type: 'busy', id: 'x' })
})
