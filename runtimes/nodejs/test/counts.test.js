'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')
const { Host } = require('./harness')

const code = `
  exports.handler = (req, res) => {
    if (req.url === '/throw') throw new Error('boom')
    if (req.url === '/500') return res.writeHead(503).end('no')
    if (req.url === '/404') return res.writeHead(404).end('none')
    if (req.url === '/break') { res.write('begun'); throw new Error('boom') }
    if (req.url === '/wait') return console.log('waits')
    res.end('ok')
  }`
const kinds = {
  http: ['index.handler', code],
  server: ['index', `${code}
    require('http').createServer((req, res) => {
      try { exports.handler(req, res) } catch (error) { if (res.headersSent) res.destroy(error); else res.writeHead(500).end() }
    }).listen(process.env.PORT)`]
}

for (const [signature, [handler, text]] of Object.entries(kinds)) {
  test(`${signature}: counts requests, errors and what is in flight`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': text }, handler, { signature })
    assert.deepEqual(await host.ping(1), { requests: 0, errors: 0, active: 0 })
    await Promise.all(['/', '/404'].map((path) => host.get(path)))
    await host.turns()
    assert.deepEqual(await host.ping(2), { requests: 2, errors: 0, active: 0 })
    await Promise.all(['/500', '/throw'].map((path) => host.get(path)))
    await assert.rejects(host.get('/break'))
    await host.turns()
    assert.deepEqual(await host.ping(3), { requests: 5, errors: 3, active: 0 })
    const waiting = host.get('/wait')
    await host.logged(/waits/)
    assert.deepEqual(await host.ping(4), { requests: 5, errors: 3, active: 1 })
    // A client that goes is no error of the function's.
    host.requests.at(-1).destroy()
    await assert.rejects(waiting)
    let counts
    do counts = await host.ping(5); while (counts.active > 0)
    assert.deepEqual(counts, { requests: 6, errors: 3, active: 0 })
  })
}

test('one connection with many requests counts each', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': code })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  for (let i = 0; i < 5; i++) await host.get('/', { agent })
  agent.destroy()
  await host.turns()
  assert.deepEqual(await host.ping(1), { requests: 5, errors: 0, active: 0 })
})

test('what is refused or late counts as an error', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': code }, 'index.handler', { concurrency: 1, timeoutSeconds: 1 })
  assert.equal((await host.get('/wait')).status, 504)
  await host.turns()
  assert.deepEqual(await host.ping(1), { requests: 1, errors: 1, active: 0 })
})

test('an empty host has nothing to count', async (t) => {
  const host = new Host(t)
  await host.next()
  assert.deepEqual(await host.ping(1), {})
})
