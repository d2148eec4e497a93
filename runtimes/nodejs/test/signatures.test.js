'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Host } = require('./harness')

const json = { 'content-type': 'application/json' }
const post = (body, headers = json) => ({ method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, body })

/** One host for all rows of a table: `code` is the body of the handler. */
async function serve (t, signature, code, head = '') {
  const host = new Host(t)
  const files = { 'index.js': `${head}\nexports.handler = async (event, context) => { ${code} }` }
  const about = { name: 'hello', namespace: 'default', revision: 'r7', sandbox: 'hello-r7-x' }
  assert.equal((await host.load(files, 'index.handler', { signature, function: about })).type, 'loaded')
  return host
}

test('event: what the handler gets', async (t) => {
  const host = await serve(t, 'event', 'return [event]')
  const rows = [
    ['an object', post('{"a":1}'), { a: 1 }],
    ['a JSON type of its own', post('[1]', { 'content-type': 'application/vnd.x+json; charset=UTF-8' }), [1]],
    ['no type', post('"text"', {}), 'text'],
    ['null', post('null'), null],
    ['a body in chunks', { method: 'PUT', headers: { ...json, 'transfer-encoding': 'chunked' }, body: '{"b":2}' }, { b: 2 }]
  ]
  for (const [name, options, event] of rows) {
    const { status, body } = await host.get('/', options)
    assert.equal(status, 200, name)
    assert.deepEqual(JSON.parse(body)[0], event, name)
  }
  const [event] = JSON.parse((await host.get('/a/b?x=1&y=2&x=3', { headers: { 'x-own': 'v' } })).body)
  assert.deepEqual({ ...event, headers: event.headers['x-own'] }, { method: 'GET', path: '/a/b', query: { x: ['1', '3'], y: '2' }, headers: 'v' })
})

test('event: what is refused before the handler', async (t) => {
  const host = await serve(t, 'event', 'throw new Error("it was called")')
  const large = 7 << 20
  const rows = [
    ['text', post('a', { 'content-type': 'text/plain' }), 415, "Content-Type is 'text/plain'"],
    ['a form', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'application/json'],
    ['another charset', post('{}', { 'content-type': 'application/json; charset=latin1' }), 415, "Charset 'latin1'"],
    ['packed', post('{}', { ...json, 'content-encoding': 'gzip' }), 415, "Content-Encoding 'gzip'"],
    ['half of it', post('{"a":'), 400, 'The body is not JSON: '],
    ['no UTF-8', post(Buffer.from([0x22, 0xff, 0x22])), 400, 'it is not UTF-8'],
    ['too large', post(Buffer.alloc(large, ' ')), 413, 'larger than 6 MiB'],
    ['too large, in chunks', { method: 'POST', headers: { ...json, 'transfer-encoding': 'chunked' }, body: Buffer.alloc(large, ' ') }, 413, 'larger than 6 MiB']
  ]
  for (const [name, options, status, detail] of rows) {
    const answer = await host.get('/', options)
    assert.equal(answer.status, status, name)
    assert.equal(answer.headers['content-type'], 'application/problem+json', name)
    assert.ok(JSON.parse(answer.body).detail.includes(detail), `${name}: ${answer.body}`)
  }
  assert.equal(host.output, '')
})

test('event: what the handler returns', async (t) => {
  const host = await serve(t, 'event', 'return eval(`(${event.code})`)', 'const { Readable } = require("node:stream")')
  const rows = [
    ['({ a: 1 })', 200, 'application/json', '{"a":1}'],
    ['null', 200, 'application/json', 'null'],
    ['0', 200, 'application/json', '0'],
    ['"text"', 200, 'text/plain; charset=utf-8', 'text'],
    ['""', 200, undefined, ''],
    ['Buffer.from("b")', 200, 'application/octet-stream', 'b'],
    ['new Uint8Array([97, 98]).subarray(1)', 200, 'application/octet-stream', 'b'],
    ['undefined', 204, undefined, ''],
    ['({ statusCode: 201 })', 201, undefined, ''],
    ['({ statusCode: 404, body: { no: 1 } })', 404, 'application/json', '{"no":1}'],
    ['({ statusCode: 200, headers: { "Content-Type": "text/html" }, body: "<p>" })', 200, 'text/html', '<p>'],
    ['({ statusCode: 200, headers: { "content-length": 99, "x-none": null }, body: "short" })', 200, 'text/plain; charset=utf-8', 'short'],
    ['({ statusCode: 200, body: "Yg==", isBase64Encoded: true })', 200, 'application/octet-stream', 'b'],
    ['Readable.from([Buffer.from("a"), Buffer.from("b")], { objectMode: false })', 200, 'application/octet-stream', 'ab'],
    ['(async function * () { yield "a"; yield { b: 1 } })()', 200, 'application/octet-stream', 'a{"b":1}\n'],
    ['new ReadableStream({ start (it) { it.enqueue(new Uint8Array([97])); it.close() } })', 200, 'application/octet-stream', 'a'],
    ['({ statusCode: 200, headers: { "content-type": "text/event-stream" }, body: (async function * () { yield "data: 1\\n\\n" })() })', 200, 'text/event-stream', 'data: 1\n\n']
  ]
  for (const [code, status, type, body] of rows) {
    const answer = await host.get('/', post(JSON.stringify({ code })))
    assert.deepEqual([answer.status, answer.headers['content-type'], answer.body], [status, type, body], code)
  }
  const cookies = await host.get('/', post(JSON.stringify({ code: '({ statusCode: 204, headers: { "set-cookie": ["a=1", "b=2"] } })' })))
  assert.deepEqual(cookies.headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(host.output, '')
})

test('event: answers that cannot be given are 500, and the log says why', async (t) => {
  const host = await serve(t, 'event', 'return eval(`(${event.code})`)')
  const rows = [
    ['() => {}', 'returned a function, which JSON cannot express'],
    ['1n', 'BigInt'],
    ['(() => { const a = {}; a.a = a; return a })()', 'circular'],
    ['({ statusCode: "200" })', 'the statusCode 200; a whole number'],
    ['({ statusCode: 101 })', 'the statusCode 101; a whole number'],
    ['({ statusCode: 200, headers: { "bad name": 1 } })', 'Header name'],
    ['(() => { throw null })()', 'null']
  ]
  for (const [code, said] of rows) {
    host.output = ''
    assert.equal((await host.get('/', post(JSON.stringify({ code })))).status, 500, code)
    await host.logged(new RegExp(said))
  }
})

test('event: a stream that fails breaks the connection', async (t) => {
  const host = await serve(t, 'event', 'return (async function * () { yield "a"; throw new Error("torn") })()')
  await assert.rejects(host.get(), { code: 'ECONNRESET' })
  await host.logged(/Error: torn/)
})

test('event: the context', async (t) => {
  const host = await serve(t, 'event', `
    const { requestId, traceparent, tracestate, method, path, query, function: about } = context
    const left = context.getRemainingTimeMs()
    return { requestId, traceparent, tracestate, method, path, query, about, own: context.headers['x-own'],
      left, late: context.deadline - Date.now() <= left, aborted: context.signal.aborted }`)
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const headers = { ...json, 'x-request-id': 'abc-1', traceparent: trace, tracestate: 'v=1', 'x-own': 'o' }
  const { left, ...seen } = JSON.parse((await host.get('/p?q=1', post('{}', headers))).body)
  assert.ok(left > 0 && left <= 60_000)
  assert.deepEqual(seen, {
    requestId: 'abc-1',
    traceparent: trace,
    tracestate: 'v=1',
    method: 'POST',
    path: '/p',
    query: { q: '1' },
    about: { name: 'hello', namespace: 'default', revision: 'r7', sandbox: 'hello-r7-x', uid: 'one' },
    own: 'o',
    late: true,
    aborted: false
  })
  const zeros = trace.replace(/[\da-f]{32}/, '0'.repeat(32))
  for (const [id, bad] of [['a b', 'x'], ['x'.repeat(200), zeros], ['a:b', 'ff' + trace.slice(2)]]) {
    const other = JSON.parse((await host.get('/', { headers: { 'x-request-id': id, traceparent: bad, tracestate: 'v=1' } })).body)
    assert.match(other.requestId, /^[\da-f]{8}-[\da-f-]{27}$/)
    assert.deepEqual([other.traceparent, other.tracestate], [undefined, undefined])
  }
})

const event = { specversion: '1.0', id: '1', source: '/s', type: 't' }
const header = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }
const structured = { 'content-type': 'application/cloudevents+json' }
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

test('cloudevent: what the handler gets', async (t) => {
  const host = await serve(t, 'cloudevent', 'return [event, Buffer.isBuffer(event.data)]')
  const rows = [
    ['binary, JSON', post('{"a":1}', { ...header, ...json }), { ...event, datacontenttype: 'application/json', data: { a: 1 } }],
    ['binary, text', post('hi', { ...header, 'content-type': 'text/plain' }), { ...event, datacontenttype: 'text/plain', data: 'hi' }],
    ['binary, bytes', post('hi', { ...header, 'content-type': 'image/png' }), { ...event, datacontenttype: 'image/png', data: { type: 'Buffer', data: [104, 105] } }, true],
    ['binary, no data', { method: 'POST', headers: header }, event],
    ['binary, attributes', { method: 'POST', headers: { ...header, 'ce-time': '2024-02-03T04:05:06.7+01:00', 'ce-subject': 'Euro%20%E2%82%AC', 'ce-mine': '"a\\"b"' } },
      { ...event, time: '2024-02-03T04:05:06.7+01:00', subject: 'Euro €', mine: 'a"b' }],
    ['structured', post(JSON.stringify({ ...event, data: [1], mine: 3, subject: null }), structured), { ...event, data: [1], mine: 3 }],
    ['structured, bytes', post(JSON.stringify({ ...event, data_base64: 'aGk=' }), structured), { ...event, data: { type: 'Buffer', data: [104, 105] } }, true],
    ['structured, no data', post(JSON.stringify(event), { 'content-type': 'application/cloudevents+json; charset=utf-8' }), event]
  ]
  for (const [name, options, expected, isBytes = false] of rows) {
    const { status, body } = await host.get('/', options)
    assert.equal(status, 200, `${name}: ${body}`)
    assert.deepEqual(JSON.parse(body), [expected, isBytes], name)
  }
})

test('cloudevent: what is refused before the handler', async (t) => {
  const host = await serve(t, 'cloudevent', 'throw new Error("it was called")')
  const rows = [
    ['nothing of one', post('{}'), 400, 'neither ce- headers (ce-specversion, ce-id, ce-source, ce-type) nor'],
    ...Object.keys(event).map((name) => [`binary without ${name}`, { method: 'POST', headers: without(header, `ce-${name}`) }, 400, `has no header 'ce-${name}'`]),
    ...Object.keys(event).map((name) => [`structured without ${name}`, post(JSON.stringify(without(event, name)), structured), 400, `has no attribute '${name}'`]),
    ['an empty id', post(JSON.stringify({ ...event, id: '' }), structured), 400, "attribute 'id' that is no text, or empty"],
    ['an id of another type', post(JSON.stringify({ ...event, id: 1 }), structured), 400, "attribute 'id' that is no text"],
    ['another version', { method: 'POST', headers: { ...header, 'ce-specversion': '0.3' } }, 400, "specversion '0.3'; 1.0 is expected"],
    ['a bad time', { method: 'POST', headers: { ...header, 'ce-time': 'noon' } }, 400, "header 'ce-time'"],
    ['a bad name', post(JSON.stringify({ ...event, Mine: 1 }), structured), 400, "attribute 'Mine'"],
    ['a bad value', post(JSON.stringify({ ...event, mine: {} }), structured), 400, "attribute 'mine'"],
    ['two kinds of data', post(JSON.stringify({ ...event, data: 1, data_base64: 'aGk=' }), structured), 400, "both 'data' and 'data_base64'"],
    ['no Base64', post(JSON.stringify({ ...event, data_base64: '*' }), structured), 400, 'not Base64'],
    ['no JSON', post('{', structured), 400, 'The CloudEvent is not JSON'],
    ['no body', post('', structured), 400, 'The CloudEvent is not JSON'],
    ['no object', post('[]', structured), 400, 'no JSON object'],
    ['data that is no JSON', post('{', { ...header, ...json }), 400, "The CloudEvent's data is not JSON"],
    ['a bad escape', { method: 'POST', headers: { ...header, 'ce-subject': '%ff' } }, 400, "'ce-subject' is not percent-encoded UTF-8"],
    ['a batch', post('[]', { 'content-type': 'application/cloudevents-batch+json' }), 415, 'Batches of CloudEvents are not taken'],
    ['another format', post('<e/>', { 'content-type': 'application/cloudevents+xml' }), 415, 'is not understood']
  ]
  for (const [name, options, status, detail] of rows) {
    const answer = await host.get('/', options)
    assert.equal(answer.status, status, `${name}: ${answer.body}`)
    assert.ok(JSON.parse(answer.body).detail.includes(detail), `${name}: ${answer.body}`)
  }
  assert.equal(host.output, '')
})

test('cloudevent: what the handler returns', async (t) => {
  const host = await serve(t, 'cloudevent', 'return eval(`(${context.headers["x-code"]})`)')
  const answer = '{ specversion: "1.0", id: "2", source: "/r", type: "u"'
  const ask = async (code, mode) => {
    const headers = { ...(mode === 'binary' ? header : structured), 'x-code': code }
    const { status, headers: all, body } = await host.get('/', mode === 'binary' ? { method: 'POST', headers } : post(JSON.stringify(event), headers))
    const ce = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('ce-')))
    return [status, all['content-type'], ce, body]
  }
  const ce = { 'ce-specversion': '1.0', 'ce-id': '2', 'ce-source': '/r', 'ce-type': 'u' }
  const back = { specversion: '1.0', id: '2', source: '/r', type: 'u' }
  const binary = [
    [`${answer} }`, [200, undefined, ce, '']],
    [`${answer}, data: { a: 1 } }`, [200, 'application/json', ce, '{"a":1}']],
    [`${answer}, data: "x", datacontenttype: "text/plain" }`, [200, 'text/plain', ce, 'x']],
    [`${answer}, data: "x", datacontenttype: "application/json" }`, [200, 'application/json', ce, '"x"']],
    [`${answer}, data: Buffer.from("b") }`, [200, 'application/octet-stream', ce, 'b']],
    [`${answer}, subject: "a \\u20ac%" }`, [200, undefined, { ...ce, 'ce-subject': 'a%20%E2%82%AC%25' }, '']],
    ['undefined', [204, undefined, {}, '']],
    ['"text"', [200, 'text/plain; charset=utf-8', {}, 'text']],
    ['{ statusCode: 202 }', [202, undefined, {}, '']]
  ]
  for (const [code, expected] of binary) assert.deepEqual(await ask(code, 'binary'), expected, code)
  const whole = [
    [`${answer}, data: { a: 1 }, mine: null }`, { ...back, data: { a: 1 } }],
    [`${answer}, data: Buffer.from("hi") }`, { ...back, data_base64: 'aGk=' }],
    [`${answer}, time: new Date(0) }`, { ...back, time: '1970-01-01T00:00:00.000Z' }]
  ]
  for (const [code, expected] of whole) {
    const [status, type, none, body] = await ask(code, 'structured')
    assert.deepEqual([status, type, none, JSON.parse(body)], [200, 'application/cloudevents+json; charset=utf-8', {}, expected], code)
  }
  assert.equal(host.output, '')
  assert.equal((await ask('{ specversion: "1.0", id: "2", source: "/r" }', 'binary'))[0], 500)
  await host.logged(/the handler returned has no attribute 'type'/)
})
