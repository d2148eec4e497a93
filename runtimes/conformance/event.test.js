'use strict'

const assert = require('node:assert/strict')
const { check, serve } = require('./harness')

const json = { 'content-type': 'application/json' }
const post = (body, headers = json) => ({ method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, body })

check('event: the handler gets the JSON of the body', { fixtures: ['event'] }, async (t) => {
  const sandbox = await serve(t, 'event')
  const rows = [
    ['an object', post('{"a":{"b":[1,-2.5,true,false,null,"é\\u00e9\\ud83d\\ude00"]}}'), { a: { b: [1, -2.5, true, false, null, 'éé😀'] } }],
    ['a type of its own, with a charset', post('{"a":1}', { 'content-type': 'Application/VND.x+json; charset="UTF-8"' }), { a: 1 }],
    ['no type', post('{"a":1}', {}), { a: 1 }],
    ['chunks', { method: 'PUT', headers: { ...json, 'transfer-encoding': 'chunked' }, body: '{"b":2}' }, { b: 2 }],
    ['exactly 6 MiB', post(`{"a":1${' '.repeat((6 << 20) - 7)}}`), { a: 1 }]
  ]
  for (const [title, options, event] of rows) {
    const { status, headers, body } = await sandbox.get('/', options)
    assert.equal(status, 200, `${title}: ${body}`)
    assert.equal(headers['content-type'], 'application/json', title)
    assert.deepEqual(JSON.parse(body), { event }, title)
  }
})

check('event: a request without a body is the event', { fixtures: ['event'] }, async (t) => {
  const sandbox = await serve(t, 'event')
  const { event } = JSON.parse((await sandbox.get('/a/b?x=1&y=2&x=3&z', { headers: { 'X-Own': 'v' } })).body)
  assert.deepEqual({ ...event, headers: event.headers['x-own'] }, { method: 'GET', path: '/a/b', query: { x: ['1', '3'], y: '2', z: '' }, headers: 'v' })
})

check('event: what is no JSON is refused before the handler', { fixtures: ['event-throws'] }, async (t) => {
  const sandbox = await serve(t, 'event-throws')
  const large = (6 << 20) + 1
  const rows = [
    ['text', post('a', { 'content-type': 'text/plain' }), 415, 'text/plain'],
    ['a form', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'application/json'],
    ['another charset', post('{}', { 'content-type': 'application/json; charset=latin1' }), 415, 'latin1'],
    ['packed', post('{}', { ...json, 'content-encoding': 'gzip' }), 415, 'gzip'],
    ['half of it', post('{"a":'), 400, 'JSON'],
    ['too much of it', post('{} {}'), 400, 'JSON'],
    ['single quotes', post("{'a':1}"), 400, 'JSON'],
    ['a comma too many', post('[1,]'), 400, 'JSON'],
    ['NaN', post('NaN'), 400, 'JSON'],
    ['a zero in front', post('[01]'), 400, 'JSON'],
    ['a tab in a string', post('"\t"'), 400, 'JSON'],
    ['no UTF-8', post(Buffer.from([0x22, 0xff, 0x22])), 400, 'UTF-8'],
    ['half a character', post(Buffer.from([0x22, 0xc3, 0x22])), 400, 'UTF-8'],
    ['too large', post(Buffer.alloc(large, ' ')), 413, '6 MiB'],
    ['too large, in chunks', { method: 'POST', headers: { ...json, 'transfer-encoding': 'chunked' }, body: Buffer.alloc(large, ' ') }, 413, '6 MiB']
  ]
  for (const [title, options, status, detail] of rows) {
    const answer = await sandbox.get('/', options)
    assert.equal(answer.status, status, `${title}: ${answer.body}`)
    assert.equal(answer.headers['content-type'], 'application/problem+json', title)
    assert.ok(JSON.parse(answer.body).detail.includes(detail), `${title}: ${answer.body}`)
  }
  assert.equal(sandbox.log.text, '')
})

check('event: JSON of any depth ends in an answer', { fixtures: ['event'] }, async (t) => {
  const sandbox = await serve(t, 'event')
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)
  assert.ok([200, 400, 500].includes((await sandbox.get('/', post(deep))).status))
  assert.deepEqual(JSON.parse((await sandbox.get('/', post('{"a":1}'))).body), { event: { a: 1 } })
})

check('event: what the handler returns is the answer', { fixtures: ['gives'] }, async (t) => {
  const sandbox = await serve(t, 'gives')
  const rows = [
    ['nothing', 204, undefined, ''],
    ['text', 200, 'text/plain; charset=utf-8', 'text €'],
    ['bytes', 200, 'application/octet-stream', Buffer.from([0, 1, 255]).toString()],
    ['object', 200, 'application/json', '{"a":[1,true,null,"é"]}'],
    ['answer', 201, 'text/html', '<p>']
  ]
  for (const [kind, status, type, body] of rows) {
    const answer = await sandbox.get('/', post(JSON.stringify({ kind })))
    assert.deepEqual([answer.status, answer.headers['content-type'], answer.body], [status, type, body], kind)
    assert.equal(answer.headers['x-own'], kind === 'answer' ? 'yes' : undefined)
  }
})

check('event: the context', { fixtures: ['context'] }, async (t) => {
  const sandbox = await serve(t, 'context')
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const { body } = await sandbox.get('/p?q=1', post('{}', { ...json, 'x-request-id': 'abc-1', traceparent }))
  assert.deepEqual(JSON.parse(body), { requestId: 'abc-1', traceparent, method: 'POST', path: '/p', function: 'hello', isTimed: true })
  const wrong = JSON.parse((await sandbox.get('/', post('{}', { ...json, 'x-request-id': 'a b', traceparent: 'ff' + traceparent.slice(2) }))).body)
  assert.match(wrong.requestId, /^[\w-]{8,64}$/)
  assert.equal(wrong.traceparent ?? null, null)
})
