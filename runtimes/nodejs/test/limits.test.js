'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { Host } = require('./harness')

/** Holds every request until a signal lets go of the oldest; answers with the most that there were at once. */
const holding = `
  const held = []
  let most = 0
  let now = 0
  process.on('SIGUSR2', () => held.shift()?.())
  const hold = async (name) => {
    most = Math.max(most, ++now)
    if (name === '/last') console.log('began')
    await new Promise((resolve) => held.push(resolve))
    now--
    return name + ' ' + most
  }`
const handlers = {
  http: ['index.handler', `${holding}; exports.handler = async (req, res) => res.end(await hold(req.url))`],
  event: ['index.handler', `${holding}; exports.handler = (event, { path }) => hold(path)`],
  server: ['index', `${holding}; require('http').createServer(async (req, res) => res.end(await hold(req.url))).listen(process.env.PORT)`]
}

for (const [signature, [handler, code]] of Object.entries(handlers)) {
  test(`${signature}: a request with two Hosts is refused before the handler`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': code }, handler, { signature })
    const { status, headers, body } = await host.get('/last', { setHost: false, headers: ['Host', 'a', 'X', 'y', 'hOST', 'a'] })
    assert.equal(status, 400)
    assert.equal(headers.connection, 'close')
    assert.match(body, /more than one Host/)
    assert.equal(host.output, '')
  })

  test(`${signature}: a request that is late gets 504, and its late answer is dropped`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': code }, handler, { signature, timeoutSeconds: 1 })
    const { status, headers, body } = await host.get('/late')
    assert.equal(status, 504)
    assert.equal(headers['content-type'], 'application/problem+json')
    assert.match(body, /did not answer within 1 s \(timeoutSeconds\)/)
    host.child.kill('SIGUSR2')
    const next = host.get('/next')
    await host.reaches(2)
    host.child.kill('SIGUSR2')
    assert.match((await next).body, /^\/next [12]$/)
    assert.equal(host.output, '')
  })

  test(`${signature}: no more at once than concurrency, the others in their order`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': code }, handler, { signature, concurrency: 2 })
    const order = []
    const answers = []
    for (const name of ['/a', '/b', '/c', '/d', '/e']) {
      answers.push(host.get(name).then(({ body }) => order.push(body)))
      await host.reaches(answers.length)
    }
    assert.deepEqual(order, [])
    for (const answer of answers) {
      host.child.kill('SIGUSR2')
      await answer
    }
    assert.deepEqual(order, ['/a 2', '/b 2', '/c 2', '/d 2', '/e 2'])
  })

  test(`${signature}: one whose client is gone makes room`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': code }, handler, { signature, concurrency: 1 })
    const answers = []
    for (const name of ['/a', '/b', '/last']) {
      answers.push(host.get(name))
      await host.reaches(answers.length)
    }
    assert.equal(host.output, '')
    for (const request of [host.requests[1], host.requests[0]]) request.destroy()
    const ends = await Promise.allSettled(answers.slice(0, 2))
    assert.deepEqual(ends.map(({ status }) => status), ['rejected', 'rejected'])
    // Nobody has let go of the first: its handler may still run.
    await host.logged(/began/)
    host.requests[2].destroy()
    await Promise.allSettled(answers)
  })
}

test('more than wait are refused with 503, and told when to come again', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': handlers.event[1] }, 'index.handler', { signature: 'event', concurrency: 1 })
  const waiting = []
  for (let i = 0; i < 101; i++) waiting.push(host.get('/wait'))
  await host.reaches(101)
  const { status, headers, body } = await host.get('/over')
  assert.equal(status, 503)
  assert.equal(headers['retry-after'], '1')
  assert.match(body, /100 requests already wait for the function, whose concurrency is 1/)
  for (const request of host.requests) request.destroy()
  await Promise.allSettled(waiting)
  await host.ping(1)
})

test('one that waits for a place is late too, as its time runs from its arrival', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': "exports.handler = ({ path }, { logger }) => { logger.info('got', path); return new Promise(() => {}) }" },
    'index.handler', { signature: 'event', concurrency: 1, timeoutSeconds: 1 })
  const first = host.get('/first')
  await host.reaches(1)
  const second = host.get('/second')
  assert.equal((await first).status, 504)
  // The first is late, and its place is the second's: that one is late at the same time, or a moment after it began.
  assert.equal((await second).status, 504)
})

const signals = [
  ['late', 'TimeoutError', async (host) => { await host.get() }],
  ['left alone', 'AbortError', async (host) => {
    const gone = host.get()
    await host.logged(/waits/)
    host.requests[0].destroy()
    await Promise.allSettled([gone])
  }]
]
for (const [name, reason, act] of signals) {
  test(`the signal of a handler that is ${name} aborts`, async (t) => {
    const host = new Host(t)
    const code = `exports.handler = (event, { signal }) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => { console.log('aborted:', signal.reason.name); resolve('late') })
      console.log('waits')
    })`
    await host.load({ 'index.js': code }, 'index.handler', { signature: 'event', timeoutSeconds: 1 })
    await act(host)
    await host.logged(new RegExp(`aborted: ${reason}`))
  })
}

test('an answer that has begun may last longer than the limit', async (t) => {
  const host = new Host(t)
  const code = `exports.handler = (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.write('data: 1\\n\\n')
    setTimeout(() => res.end('data: 2\\n\\n'), 1200)
  }`
  await host.load({ 'index.js': code }, 'index.handler', { timeoutSeconds: 1 })
  assert.equal((await host.get()).body, 'data: 1\n\ndata: 2\n\n')
})

test('what a late http handler does to its response harms nothing', async (t) => {
  const host = new Host(t)
  const code = `exports.handler = (req, res) => req.on('never', () => {}) && setTimeout(() => {
    res.setHeader('a', 'b').writeHead(200); res.write('x'); res.end('y', () => console.log('ended'))
  }, 1200)`
  await host.load({ 'index.js': code }, 'index.handler', { timeoutSeconds: 1 })
  assert.equal((await host.get()).status, 504)
  await host.logged(/ended/)
  await host.ping(1)
})

test('pings go unanswered while the event loop does not turn, and only then', async (t) => {
  const host = new Host(t)
  const code = "exports.handler = (req, res) => { res.end('x'); const end = Date.now() + 700; while (Date.now() < end) ; console.log('done') }"
  await host.load({ 'index.js': code })
  await host.ping(1)
  const answer = host.get()
  await host.reaches(1)
  await host.ping(2)
  assert.ok(host.output.includes('done'))
  await answer
})

const upgrades = {
  http: ['index.handler', `exports.handler = (req, res) => res.end('plain')
    exports.handler.upgrade = (req, socket) => { if (req.url === '/bad') throw new Error('unwanted'); tunnel(req, socket) }`],
  server: ['index', "require('http').createServer((req, res) => res.end('plain')).on('upgrade', tunnel).listen(process.env.PORT)"]
}
for (const [signature, [handler, code]] of Object.entries(upgrades)) {
  test(`${signature}: a connection may become another protocol's, beyond concurrency and time`, async (t) => {
    const host = new Host(t)
    const tunnel = `function tunnel (req, socket) {
      console.log('tunnel')
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n')
      socket.on('data', (data) => setTimeout(() => socket.write(data), 1200))
    }`
    await host.load({ 'index.js': `${code}\n${tunnel}` }, handler, { signature, concurrency: 1, timeoutSeconds: 1 })
    const open = (path) => http.get({ port: host.port, host: '127.0.0.1', path, agent: false, headers: { connection: 'Upgrade', upgrade: 'echo', 'x-request-id': 'up-1' } })
    const [, socket] = await once(open('/'), 'upgrade')
    assert.equal((await host.get()).body, 'plain')
    socket.write('hello')
    assert.equal(String((await once(socket, 'data'))[0]), 'hello')
    socket.destroy()
    assert.equal(host.lines.find(({ text }) => text === 'tunnel').id, 'up-1')
    if (signature === 'server') return
    await assert.rejects(once(open('/bad'), 'upgrade'), { code: 'ECONNRESET' })
    await host.logged(/Error: unwanted/)
    assert.equal((await host.get()).body, 'plain')
  })
}
