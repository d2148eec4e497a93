'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { check, serve } = require('./harness')

const post = (body, headers = {}) => ({ method: 'POST', headers: { 'content-length': Buffer.byteLength(body), ...headers }, body })

check('method, target, headers and body go through', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const { status, headers, body } = await sandbox.get('/a%20b/é?x=1&y=%C3%A9'.replace('é', '%C3%A9'), { method: 'PUT', headers: { 'X-Sent': 'value' }, body: 'text é' })
  assert.equal(status, 200)
  assert.equal(headers['x-seen'], 'value')
  assert.equal(headers['content-type'].toLowerCase().replace(' ', ''), 'text/plain;charset=utf-8')
  assert.equal(body, 'PUT /a%20b/%C3%A9?x=1&y=%C3%A9\ntext é')
  for (const method of ['DELETE', 'PATCH', 'OPTIONS']) assert.equal((await sandbox.get('/m', { method })).body, `${method} /m\n`)
})

check('bodies may be long, in chunks or of a known length', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const long = 'é'.repeat(1 << 20)
  for (const headers of [{ 'transfer-encoding': 'chunked' }, { 'content-length': Buffer.byteLength(long) }]) {
    const { body } = await sandbox.get('/', { method: 'POST', headers, body: long })
    assert.ok(body === `POST /\n${long}`, body.length)
  }
  const connection = await sandbox.connect()
  connection.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;name="x"\r\nhello\r\n00A\r\n')
  connection.write('0123456789\r\n0\r\nTrailer: x\r\n\r\n')
  assert.equal((await connection.answer()).body, 'POST /\nhello0123456789')
  connection.close()
})

check('an answer may begin before the body has ended', { fixtures: ['stream'] }, async (t) => {
  const sandbox = await serve(t, 'stream')
  const { request, head } = sandbox.open('/', { method: 'POST', body: 'open' })
  const response = await head
  const pieces = response.setEncoding('utf8')[Symbol.asyncIterator]()
  assert.equal((await pieces.next()).value, 'one\n')
  request.end('rest')
  assert.equal((await pieces.next()).value, 'two\n')
})

check('HEAD has the head of the answer and no body', { fixtures: ['echo'] }, async (t) => {
  const connection = await (await serve(t, 'echo')).connect()
  connection.write('HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n')
  const { status, head } = await connection.answer(10, false)
  assert.equal(status, 200)
  assert.match(head, /^x-seen: nothing\r$/im)
  assert.equal((await connection.answer()).body, 'GET /b\n')
  connection.close()
})

check('requests in one piece are answered in their order', { fixtures: ['sleeps', 'echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const connection = await sandbox.connect()
  const names = Array.from({ length: 30 }, (_, index) => `/${index}`)
  connection.write(names.map((it) => `POST ${it} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`).join(''))
  for (const name of names) assert.equal((await connection.answer()).body, `POST ${name}\nhi`)
  connection.close()
  const slow = await (await serve(t, 'sleeps')).connect()
  slow.write('GET /200 HTTP/1.1\r\nHost: a\r\n\r\nGET /0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  for (let i = 0; i < 2; i++) assert.equal((await slow.answer()).body, 'slept')
  await slow.closes()
})

check('who expects 100-continue gets it', { fixtures: ['echo'] }, async (t) => {
  const connection = await (await serve(t, 'echo')).connect()
  connection.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
  await connection.reads(/^HTTP\/1\.1 100 [^\r\n]*\r\n\r\n/)
  connection.write('hello')
  assert.equal((await connection.answer()).body, 'POST /\nhello')
  connection.close()
})

check('HTTP/1.0 is answered and the connection closed', { fixtures: ['echo', 'stream'] }, async (t) => {
  for (const [name, body] of [['echo', 'GET /a\n'], ['stream', 'one\ntwo\n']]) {
    const connection = await (await serve(t, name)).connect()
    connection.write('GET /a HTTP/1.0\r\n\r\n')
    await connection.closes()
    assert.match(connection.text, /^HTTP\/1\.1 200 /)
    assert.doesNotMatch(connection.text, /^transfer-encoding:/im)
    assert.ok(connection.text.endsWith(`\r\n\r\n${body}`), connection.text)
  }
})

check('Connection: close is heeded', { fixtures: ['echo'] }, async (t) => {
  const connection = await (await serve(t, 'echo')).connect()
  connection.write('GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const { head } = await connection.answer()
  assert.match(head, /^connection: close\r$/im)
  await connection.closes()
})

check('many connections at once are served', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
  const answers = await Promise.all(Array.from({ length: 400 }, (_, index) => sandbox.get(`/${index}`, { agent, ...post(`body ${index}`) })))
  agent.destroy()
  answers.forEach(({ body }, index) => assert.equal(body, `POST /${index}\nbody ${index}`))
})

check('a handler that fails answers 500 without the stack, and serves on', { fixtures: ['throws', 'event-throws'] }, async (t) => {
  for (const name of ['throws', 'event-throws']) {
    const sandbox = await serve(t, name)
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await sandbox.get()
      assert.equal(status, 500)
      assert.equal(headers['content-type'], 'application/problem+json')
      const { type, title, status: told, detail } = JSON.parse(body)
      assert.deepEqual({ type, title, told }, { type: 'about:blank', title: 'Internal Server Error', told: 500 })
      assert.equal(typeof detail, 'string')
      assert.ok(!body.includes('secret'))
    }
    await sandbox.log.shows(/secret 42/)
  }
})

check('a handler that calls itself without end answers 500, and serves on', { fixtures: ['recurses'] }, async (t) => {
  const sandbox = await serve(t, 'recurses')
  for (let i = 0; i < 2; i++) assert.equal((await sandbox.get()).status, 500)
})

check('a handler that fails in the middle of its answer breaks the connection', { fixtures: ['breaks'] }, async (t) => {
  const sandbox = await serve(t, 'breaks')
  for (let i = 0; i < 2; i++) {
    const connection = await sandbox.connect()
    connection.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await connection.closes()
    assert.match(connection.text, /^HTTP\/1\.1 200 /)
    // The end of the chunks would say that it is whole.
    assert.doesNotMatch(connection.text, /\r\n0\r\n/)
    connection.close()
  }
  await sandbox.log.shows(/torn/)
})

check('a client that goes while it is answered disturbs nobody', { fixtures: ['stream'] }, async (t) => {
  const sandbox = await serve(t, 'stream')
  const { request, head } = sandbox.open('/', { method: 'POST', body: 'open' })
  await head
  request.destroy()
  await sandbox.reaches(0)
  assert.equal((await sandbox.get()).body, 'one\ntwo\n')
})

check('a client that does not read its answer holds nobody up', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const size = 8 << 20
  const slow = await sandbox.connect()
  slow.socket.pause()
  slow.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`)
  slow.write('x'.repeat(size))
  for (let i = 0; i < 100; i++) assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
  slow.socket.resume()
  await slow.closes()
  assert.ok(slow.text.length > size)
  assert.match(slow.text.slice(-1000), /x{900}/)
})

check('a body that the handler does not read is not taken for requests', { fixtures: ['state'] }, async (t) => {
  const sandbox = await serve(t, 'state')
  const body = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5000)
  const connection = await sandbox.connect()
  connection.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  assert.equal((await connection.answer()).body, '1')
  // It may be closed, as there is no end to what would have to be read.
  await connection.closes()
  connection.close()
  const answers = connection.text.match(/HTTP\/1\.1 \d{3}/g) ?? []
  assert.ok(answers.length <= 1, connection.text)
  assert.equal((await sandbox.get()).body, String(2 + answers.length))
})

check('an answer without a body leaves the connection as it was', { fixtures: ['gives'] }, async (t) => {
  const connection = await (await serve(t, 'gives')).connect()
  const ask = (kind) => {
    const body = JSON.stringify({ kind })
    connection.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
  ask('nothing')
  const { status, head } = await connection.answer()
  assert.equal(status, 204)
  assert.doesNotMatch(head, /^(content-length|transfer-encoding):/im)
  ask('text')
  assert.equal((await connection.answer()).status, 200)
  connection.close()
})
