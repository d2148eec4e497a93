'use strict'

const assert = require('node:assert/strict')
const { Host, check, hostFor, isShared } = require('./harness')

const line = Host.line

check('a line may come in pieces', {}, async (t) => {
  const host = await hostFor(t)
  const text = line({ type: 'ping', nonce: 71, words: 'é€😀' })
  const middle = text.indexOf('€')
  for (const piece of [text.slice(0, 1), text.slice(1, 12), text.slice(12, middle), text.slice(middle, -1)]) {
    host.write(piece)
    // Time to be read by itself; the test holds, if for less, without it.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.ok(!host.messages.all.some(({ nonce }) => nonce === 71))
  host.write('\n')
  await host.message('pong', ({ nonce }) => nonce === 71)
})

check('several lines may come at once', {}, async (t) => {
  const host = await hostFor(t)
  const nonces = Array.from({ length: 20 }, (_, index) => index + 1001)
  host.write(nonces.map((nonce) => line({ type: 'ping', nonce })).join(''))
  await host.message('pong', ({ nonce }) => nonce === 1020)
  assert.deepEqual(host.messages.all.map(({ nonce }) => nonce).filter((it) => it > 1000 && it <= 1020), nonces)
})

check('types and members that it does not know are ignored', { fixtures: ['echo'] }, async (t) => {
  const host = await hostFor(t)
  host.tell({ type: 'paint', colour: 'green', load: { type: 'load' } })
  host.tell({ kind: 'nothing' })
  const sandbox = await host.load('echo', { colour: 'green', limits: { colours: 3 }, nested: [{ deep: { a: null } }] })
  assert.deepEqual(sandbox.answer.type, 'loaded')
  assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
})

check('a line of 128 KiB is taken', { fixtures: ['environment'] }, async (t) => {
  const host = await hostFor(t)
  const value = 'é"\\\n😀'.repeat(7500)
  const sandbox = await host.load('environment', { env: { LONG: value } })
  assert.equal(sandbox.answer.type, 'loaded')
  assert.ok((await sandbox.get()).body.includes(`LONG=${value}\n`))
})

check('JSON may be written in any way', {}, async (t) => {
  const host = await hostFor(t)
  host.write(' { "nonce" : 5e0,\t"\\u0074ype":"p\\u0069ng" , "cmd":"NODE_NEST" }\r\n')
  await host.message('pong', ({ nonce }) => nonce === 5)
})

check('descriptors belong to the line that they came with', { fixtures: ['echo', 'state'], kind: 'many' }, async (t) => {
  const host = await hostFor(t)
  const sandboxes = []
  for (let i = 0; i < 8; i++) sandboxes.push(await host.prepare())
  sandboxes.forEach((sandbox, index) => {
    host.tell({ type: 'ping', nonce: 2000 + index })
    sandbox.send(host.loadOf(sandbox, index % 2 === 0 ? 'echo' : 'state'))
  })
  for (const sandbox of sandboxes) await host.about('loaded', sandbox.id)
  for (const [index, sandbox] of sandboxes.entries()) {
    assert.equal((await sandbox.get('/a')).body, index % 2 === 0 ? 'GET /a\n' : '1')
  }
})

check('what it says is one JSON object a line, of known types', { fixtures: ['echo'] }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('echo')
  await sandbox.get()
  await host.ping()
  const types = new Set(host.messages.all.map(({ type }) => type))
  assert.deepEqual([...types].sort(), ['booted', 'loaded', 'pong', ...(isShared ? ['stats'] : [])])
})
