'use strict'

const assert = require('node:assert/strict')
const { check, hostFor, serve } = require('./harness')

const line = (stream, level, text, part = 'F', id = 'r1') => ({ stream, part, level, id, text })
const named = { headers: { 'x-request-id': 'r1' } }

check('lines have the time, the stream, the level and the request', { fixtures: ['levels'] }, async (t) => {
  const sandbox = await serve(t, 'levels')
  const before = Date.now()
  await sandbox.get('/', named)
  await sandbox.log.shows(/level error\n/)
  const expected = [['stdout', 'debug'], ['stdout', 'info'], ['stderr', 'warn'], ['stderr', 'error']]
  assert.deepEqual(sandbox.log.lines.map(({ time, ...rest }) => rest), expected.map(([stream, level]) => line(stream, level, `a line of level ${level}`)))
  for (const { time } of sandbox.log.lines) assert.ok(Date.parse(time) >= before - 1 && Date.parse(time) <= Date.now(), time)
})

check('long lines come in pieces that cut no character, and what has no break comes at the end', { fixtures: ['streams'] }, async (t) => {
  const host = await hostFor(t)
  const sandbox = await host.load('streams')
  await sandbox.get('/', named)
  await sandbox.stop()
  await sandbox.log.ends()
  const lines = sandbox.log.lines.map(({ time, ...rest }) => rest)
  const [output, error] = ['stdout', 'stderr'].map((it) => lines.filter(({ stream }) => stream === it))
  assert.deepEqual(error, [line('stderr', 'error', 'to error')])
  const pieces = output.slice(2, -1)
  for (const { text } of pieces) assert.ok(Buffer.byteLength(text) <= 16 << 10 && !text.includes('\ufffd'))
  assert.deepEqual(pieces.map(({ part }) => part), [...pieces.slice(1).map(() => 'P'), 'F'])
  for (const { text } of pieces) assert.match(text, /^€+$/)
  assert.equal(pieces.map(({ text }) => text).join('').length, 6000)
  const { id, ...last } = output.at(-1)
  const { id: none, ...open } = line('stdout', 'info', 'no break')
  assert.deepEqual(last, open)
  assert.deepEqual(output.slice(0, 2), [line('stdout', 'info', 'to output'), line('stdout', 'info', '')])
  for (const { id, level } of pieces) assert.deepEqual([id, level], ['r1', 'info'])
})

check('requests at once are told apart', { fixtures: ['hold'] }, async (t) => {
  const sandbox = await serve(t, 'hold')
  const names = ['a', 'b', 'c', 'd']
  const open = names.map((name) => sandbox.open(`/${name}`, { method: 'POST', headers: { 'x-request-id': name }, body: 'open' }))
  await sandbox.reaches(names.length)
  for (const name of names) await sandbox.log.shows(new RegExp(`began /${name}\n`))
  for (const { request } of open) request.end()
  await Promise.all(open.map(({ answer }) => answer))
  for (const { id, text } of sandbox.log.lines) assert.equal(text, `began /${id}`)
  assert.equal(sandbox.log.lines.length, names.length)
})

check('an id that could upset a line is replaced', { fixtures: ['levels'] }, async (t) => {
  const sandbox = await serve(t, 'levels')
  for (const id of ['a b', 'a:b', 'x'.repeat(200), 'é']) await sandbox.get('/', { headers: { 'x-request-id': id } })
  await sandbox.log.shows(/(level error\n[^]*){4}/)
  for (const { id } of sandbox.log.lines) assert.match(id, /^[\w-]{8,64}$/)
})

check('the stack of an error goes to the log, without the frames of the runtime', { fixtures: ['throws'] }, async (t) => {
  const sandbox = await serve(t, 'throws')
  await sandbox.get('/', named)
  await sandbox.log.shows(/secret 42\n[^]*\n/)
  const [first, ...rest] = sandbox.log.lines
  assert.match(first.text, /secret 42/)
  for (const { id, level, stream } of [first, ...rest]) assert.deepEqual([id, level, stream], ['r1', 'error', 'stderr'])
})

check('each sandbox of a shared host has a log of its own', { fixtures: ['levels', 'throws'], kind: 'many' }, async (t) => {
  const host = await hostFor(t)
  const [one, other] = [await host.load('levels'), await host.load('throws')]
  await Promise.all([one.get('/', named), other.get('/', named)])
  await one.log.shows(/level error\n/)
  await other.log.shows(/secret 42\n/)
  assert.ok(!one.log.text.includes('secret'))
  assert.ok(!other.log.text.includes('a line of level'))
  assert.equal(host.output.text, '')
})

check('a log that nobody reads holds up its own sandbox only, and loses nothing', { fixtures: ['much', 'echo'], kind: 'many' }, async (t) => {
  const host = await hostFor(t)
  const [loud, quiet] = [await host.load('much', { isUnread: true }), await host.load('echo')]
  const { answer } = loud.open('/')
  await loud.reaches(1)
  for (let i = 0; i < 50; i++) assert.equal((await quiet.get('/a')).body, 'GET /a\n')
  assert.equal((await loud.counts()).active, 1)
  loud.unmute()
  assert.equal((await answer).body, 'printed')
  await loud.log.shows(/line 19999 /)
  assert.equal(loud.log.lines.length, 20_000)
})
