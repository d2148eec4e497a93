'use strict'

const assert = require('node:assert/strict')
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

test('one that is empty, or loads, is not parked', async (t) => {
  const host = new Host(t)
  await host.next()
  host.tell({ type: 'park', id: 'x' })
  assert.deepEqual(await host.next(), { type: 'busy', id: 'x' })
})
