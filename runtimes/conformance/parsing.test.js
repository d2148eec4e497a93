'use strict'

const assert = require('node:assert/strict')
const { check, serve } = require('./harness')

const post = (...headers) => `POST /first HTTP/1.1\r\nHost: a\r\n${headers.map((it) => it + '\r\n').join('')}\r\n`
const chunked = (body) => post('Transfer-Encoding: chunked') + body
const get = (...headers) => `GET /first HTTP/1.1\r\n${headers.map((it) => it + '\r\n').join('')}\r\n`

/** What two servers could read as different requests. */
const refused = [
  ['Content-Length with Transfer-Encoding', post('Content-Length: 5', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
  ['Transfer-Encoding with Content-Length', post('Transfer-Encoding: chunked', 'Content-Length: 5') + '0\r\n\r\n'],
  ['two lengths', post('Content-Length: 5', 'Content-Length: 6') + 'hello'],
  ['two lengths in a list', post('Content-Length: 5, 6') + 'hello'],
  ['a length with a sign', post('Content-Length: +5') + 'hello'],
  ['a negative length', post('Content-Length: -5') + 'hello'],
  ['a length in hexadecimal', post('Content-Length: 0x5') + 'hello'],
  ['a length with an underscore', post('Content-Length: 1_0') + 'hello'],
  ['an empty length', post('Content-Length:') + 'hello'],
  ['a length beyond 64 bits', post('Content-Length: 18446744073709551621') + 'hello'],
  ['a length with words', post('Content-Length: 5 5') + 'hello'],
  ['an encoding that is not chunked', post('Transfer-Encoding: gzip') + 'hello'],
  ['chunked before another', post('Transfer-Encoding: chunked, identity') + '0\r\n\r\n'],
  ['chunked twice', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
  ['a misspelt encoding', post('Transfer-Encoding: xchunked') + '0\r\n\r\n'],
  ['a chunk size 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with an underscore', chunked('0_5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n')],
  ['an empty chunk size', chunked('\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size beyond 64 bits', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n')],
  ['a chunk longer than its size', chunked('3\r\nhello\r\n0\r\n\r\n')],
  ['a chunk that ends with a bare LF', chunked('5\r\nhello\n0\r\n\r\n')],
  ['a chunk size that ends with a bare LF', chunked('5\nhello\r\n0\r\n\r\n')],
  ['a bare LF after the request line', 'GET /first HTTP/1.1\nHost: a\r\n\r\n'],
  ['a bare LF after a header', 'GET /first HTTP/1.1\r\nHost: a\nX: y\r\n\r\n'],
  ['a bare CR in a header', get('Host: a', 'X: y\rZ: z')],
  ['a space before the colon', get('Host: a', 'X : y')],
  ['a space before the colon of the length', post('Content-Length : 5') + 'hello'],
  ['a header that goes on in the next line', get('Host: a', 'X: y', ' z')],
  ['a first header that begins with a space', get(' Host: a')],
  ['a header without a colon', get('Host: a', 'X')],
  ['a header without a name', get('Host: a', ': y')],
  ['a name with a space', get('Host: a', 'X Y: z')],
  ['a NUL in a header', get('Host: a', 'X: a\0b')],
  ['a NUL in a name', get('Host: a', 'X\0: b')],
  ['no Host', get('X: y')],
  ['two Hosts', get('Host: a', 'Host: b')],
  ['HTTP/0.9', 'GET /first\r\n\r\n'],
  ['another version', 'GET /first HTTP/1.9\r\nHost: a\r\n\r\n'],
  ['another protocol', 'GET /first SPDY/1.1\r\nHost: a\r\n\r\n'],
  ['a space in the target', 'GET /first /second HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a control character in the target', 'GET /fi\x01rst HTTP/1.1\r\nHost: a\r\n\r\n']
]

check('refuses what two servers could read as different requests', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  for (const [title, bytes] of refused) await t.test(title, () => refuses(sandbox, bytes))
  assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
})

async function refuses (sandbox, bytes) {
  const connection = await sandbox.connect()
  connection.write(bytes + 'GET /second HTTP/1.1\r\nHost: a\r\n\r\n')
  await connection.closes()
  connection.close()
  // 505 says the same of a version.
  assert.match(connection.text, /^HTTP\/1\.1 (400|505) /)
  assert.equal(connection.text.match(/HTTP\/1\.1 \d{3}/g).length, 1, connection.text)
}

check('refuses a head that is too long with 431', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const connection = await sandbox.connect()
  connection.write(get('Host: a', `X: ${'x'.repeat(70 << 10)}`))
  await connection.closes()
  connection.close()
  assert.match(connection.text, /^HTTP\/1\.1 431 /)
})

check('a head of 15 KiB, and one that comes byte by byte, is taken', { fixtures: ['echo'] }, async (t) => {
  const sandbox = await serve(t, 'echo')
  const { body } = await sandbox.get('/a', { headers: { x: 'x'.repeat(15 << 10) } })
  assert.equal(body, 'GET /a\n')
  const connection = await sandbox.connect()
  for (const byte of 'POST /b HTTP/1.1\r\nhost:a\r\nX-SENT: \t 1 \r\nContent-Length: 02\r\n\r\nhi') connection.write(byte)
  const { body: echoed, head } = await connection.answer()
  assert.equal(echoed, 'POST /b\nhi')
  assert.match(head, /^x-seen: 1\r$/im)
  connection.close()
})
