'use strict'

const assert = require('node:assert/strict')
const { check, serve } = require('./harness')

const open = { method: 'POST', body: 'open' }

function isProblem ({ status, headers, body }, expected, detail) {
  assert.equal(status, expected, body)
  assert.equal(headers['content-type'], 'application/problem+json')
  const problem = JSON.parse(body)
  assert.deepEqual([problem.type, problem.status], ['about:blank', expected])
  assert.match(problem.detail, detail)
}

check('no more than concurrency are in the handler, the others in their order', { fixtures: ['hold'] }, async (t) => {
  const sandbox = await serve(t, 'hold', { concurrency: 2 })
  const order = []
  const requests = []
  for (const name of ['/a', '/b', '/c', '/d', '/e']) {
    requests.push(sandbox.open(name, open))
    requests.at(-1).answer.then(({ body }) => order.push(body), () => {})
    await sandbox.reaches(requests.length)
  }
  await sandbox.log.shows(/began \/b/)
  assert.doesNotMatch(sandbox.log.text, /began \/[cde]/)
  for (const { request, answer } of requests) {
    request.end()
    await answer
  }
  assert.deepEqual(order, ['/a 2', '/b 2', '/c 2', '/d 2', '/e 2'])
})

check('100 wait, the next is refused with 503 and Retry-After', { fixtures: ['hold'] }, async (t) => {
  const sandbox = await serve(t, 'hold', { concurrency: 2 })
  const waiting = Array.from({ length: 102 }, (_, index) => sandbox.open(`/${index}`, open))
  await sandbox.reaches(102)
  const refused = await sandbox.get('/over')
  isProblem(refused, 503, /wait/)
  assert.match(refused.headers['retry-after'], /^\d+$/)
  for (const { request } of waiting) request.end()
  for (const { answer } of waiting) assert.equal((await answer).status, 200)
  assert.equal((await sandbox.get('/after')).body, '/after 2')
})

check('without a limit many are in the handler or wait', { fixtures: ['hold'] }, async (t) => {
  const sandbox = await serve(t, 'hold')
  const requests = Array.from({ length: 120 }, (_, index) => sandbox.open(`/${index}`, open))
  await sandbox.reaches(120)
  for (const { request } of requests) request.end()
  for (const { answer } of requests) assert.equal((await answer).status, 200)
})

check('a body that comes too slowly for its request is late too', { fixtures: ['event'] }, async (t) => {
  const sandbox = await serve(t, 'event', { timeoutSeconds: 1 })
  const { request, head } = sandbox.open('/', { ...open, headers: { 'content-type': 'application/json' } })
  request.write('{')
  assert.equal((await head).statusCode, 504)
  request.destroy()
  await sandbox.reaches(0)
})

check('one whose client has gone makes room', { fixtures: ['hold'] }, async (t) => {
  const sandbox = await serve(t, 'hold', { concurrency: 1 })
  const requests = []
  for (const name of ['/a', '/b', '/last']) {
    requests.push(sandbox.open(name, open))
    await sandbox.reaches(requests.length)
  }
  for (const { request } of requests.slice(0, 2)) request.destroy()
  await sandbox.log.shows(/began \/last/)
  requests[2].request.end()
  assert.equal((await requests[2].answer).status, 200)
})

check('a request that is late is answered with 504, and the next is served', { fixtures: ['sleeps'] }, async (t) => {
  const sandbox = await serve(t, 'sleeps', { timeoutSeconds: 1, concurrency: 1 })
  const start = Date.now()
  const late = await sandbox.get('/2500')
  const seconds = (Date.now() - start) / 1000
  isProblem(late, 504, /1 s/)
  assert.ok(seconds >= 0.95 && seconds < 2, `${seconds} s`)
  assert.equal((await sandbox.get('/0')).body, 'slept')
})

check('a late answer is dropped and the connection can be used on', { fixtures: ['sleeps'] }, async (t) => {
  const sandbox = await serve(t, 'sleeps', { timeoutSeconds: 1 })
  const connection = await sandbox.connect()
  connection.write('GET /1500 HTTP/1.1\r\nHost: a\r\n\r\nGET /700 HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.equal((await connection.answer()).status, 504)
  // A host may close it instead, but may not mix the answers.
  const next = await connection.answer().catch(() => connection.closes())
  if (next !== true) assert.equal(next.body, 'slept')
  connection.close()
  assert.equal((await sandbox.get('/0')).body, 'slept')
})

check('one that waits for its turn is late too', { fixtures: ['hold'] }, async (t) => {
  const sandbox = await serve(t, 'hold', { timeoutSeconds: 1, concurrency: 1 })
  const first = sandbox.open('/first', open)
  await sandbox.reaches(1)
  const second = sandbox.open('/second', open)
  for (const { answer, request } of [first, second]) {
    const { statusCode } = await Promise.race([answer.then(({ status }) => ({ statusCode: status })), once(request)])
    assert.equal(statusCode, 504)
    request.destroy()
  }
  await sandbox.reaches(0)
})

check('an answer that has begun may last', { fixtures: ['stream'] }, async (t) => {
  const sandbox = await serve(t, 'stream', { timeoutSeconds: 1 })
  const { request, answer, head } = sandbox.open('/', open)
  await head
  await new Promise((resolve) => setTimeout(resolve, 1500))
  request.end()
  assert.deepEqual((await answer).body, 'one\ntwo\n')
})

function once (request) {
  return new Promise((resolve) => request.on('response', resolve))
}
