'use strict'

const assert = require('node:assert/strict')
const { Host, check, hostFor, serve } = require('./harness')

const count = (value, name) => assert.ok(Number.isSafeInteger(value) && value >= 0, `${name}: ${value}`)

check('counts requests, errors and what is in flight', { fixtures: ['hold'] }, async (t) => {
  const host = await hostFor(t)
  const sandbox = await host.load('hold', { timeoutSeconds: 1 })
  assert.deepEqual(await sandbox.counts(), { requests: 0, errors: 0, active: 0 })
  for (let i = 0; i < 3; i++) await sandbox.get('/')
  const held = sandbox.open('/late', { method: 'POST', body: 'open' })
  await sandbox.reaches(1)
  assert.deepEqual(await sandbox.counts(), { requests: 3, errors: 0, active: 1 })
  assert.equal((await held.head).statusCode, 504)
  held.request.destroy()
  await sandbox.reaches(0)
  assert.deepEqual(await sandbox.counts(), { requests: 4, errors: 1, active: 0 })
})

check('an error of the function counts, a client that goes does not', { fixtures: ['throws', 'hold'] }, async (t) => {
  const failing = await serve(t, 'throws')
  await failing.get()
  await failing.reaches(0)
  assert.deepEqual(await failing.counts(), { requests: 1, errors: 1, active: 0 })
  const sandbox = await serve(t, 'hold')
  const { request } = sandbox.open('/', { method: 'POST', body: 'open' })
  await sandbox.reaches(1)
  request.destroy()
  await sandbox.reaches(0)
  assert.deepEqual(await sandbox.counts(), { requests: 1, errors: 0, active: 0 })
})

check('says of each sandbox and of itself what it takes', { fixtures: ['echo', 'hold'], kind: 'many' }, async (t) => {
  const host = await Host.boot(t)
  const sandboxes = [await host.load('echo'), await host.load('hold')]
  const open = await sandboxes[0].connect()
  open.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await open.answer()
  const { pong, stats } = await host.ping()
  const about = stats.flatMap((it) => it.sandboxes)
  assert.deepEqual(about.map(({ id }) => id).sort(), sandboxes.map(({ id }) => id).sort())
  for (const it of about) {
    for (const name of ['requests', 'errors', 'active', 'connections', 'allocatedBytes', 'threads']) count(it[name], name)
    for (const name of ['idleSeconds', 'cpuSeconds']) assert.ok(it[name] >= 0 && Number.isFinite(it[name]), `${name}: ${it[name]}`)
  }
  assert.deepEqual(about.find(({ id }) => id === sandboxes[0].id).connections, 1)
  assert.deepEqual(about.find(({ id }) => id === sandboxes[1].id).connections, 0)
  for (const room of [pong.heap, pong.metaspace].filter(Boolean)) {
    count(room.used, 'used')
    assert.ok(room.max > 0 && room.used <= room.max)
  }
  assert.equal(pong.loaded, 2)
  assert.equal(pong.leaked, 0)
})

check('at most 100 sandboxes are in a line of figures', { fixtures: ['echo'], kind: 'many' }, async (t) => {
  const host = await Host.boot(t)
  const ids = []
  for (let i = 0; i < 101; i++) ids.push((await host.load('echo')).id)
  const { pong, stats } = await host.ping()
  assert.equal(pong.loaded, 101)
  for (const { sandboxes } of stats) assert.ok(sandboxes.length <= 100)
  assert.deepEqual(stats.flatMap(({ sandboxes }) => sandboxes.map(({ id }) => id)).sort(), ids.sort())
})

check('a ping has no answer while the event loop does not turn', { fixtures: ['stuck'], kind: 'one' }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('stuck')
  const spinning = sandbox.open('/spin')
  await host.output.shows(/spins/)
  await assert.rejects(host.ping(1), /no pong/)
  host.order('kill')
  await assert.rejects(spinning.answer)
  assert.equal((await host.exit()).signal, 'SIGKILL')
})
