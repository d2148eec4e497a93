'use strict'

const assert = require('node:assert/strict')
const { describe } = require('node:test')
const { Host, Traffic, check, hostFor } = require('./harness')

const kind = 'many'
const get = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

// They wait most of the time, so they wait together.
describe('what is unloaded', { concurrency: 4 }, () => {
  check('unload: finishes what is in flight and is collected', { fixtures: ['stream', 'echo'], kind }, async (t) => {
    const host = await hostFor(t)
    const [sandbox, neighbour] = [await host.load('stream'), await host.load('echo')]
    const { request, head, answer } = sandbox.open('/', { method: 'POST', body: 'open' })
    await head
    sandbox.release()
    host.tell({ type: 'unload', id: sandbox.id, graceSeconds: 20 })
    await host.ping()
    assert.ok(!host.hasSaid('unloaded', sandbox.id))
    request.end()
    assert.equal((await answer).body, 'one\ntwo\n')
    await host.about('unloaded', sandbox.id)
    await host.about('collected', sandbox.id, 60)
    await sandbox.log.ends()
    assert.equal((await neighbour.get('/a')).body, 'GET /a\n')
  })

  check('unload: gives up after the grace', { fixtures: ['hold'], kind }, async (t) => {
    const host = await hostFor(t)
    const sandbox = await host.load('hold')
    const { request, answer } = sandbox.open('/', { method: 'POST', body: 'open' })
    await sandbox.log.shows(/began/)
    const start = Date.now()
    sandbox.release()
    host.tell({ type: 'unload', id: sandbox.id, graceSeconds: 1 })
    await host.about('unloaded', sandbox.id)
    const seconds = (Date.now() - start) / 1000
    assert.ok(seconds >= 0.9 && seconds < 5, `${seconds} s`)
    await assert.rejects(answer)
    request.destroy()
    await host.about('collected', sandbox.id, 60)
  })

  check('unload: of an id that is not there is answered', { kind }, async (t) => {
    const host = await hostFor(t)
    host.tell({ type: 'unload', id: 'nobody', graceSeconds: 1 })
    await host.about('unloaded', 'nobody')
    host.tell({ type: 'park', id: 'nobody' })
    await host.about('parked', 'nobody')
  })

  check('unload: an idle connection is left open, and a request on it is still served, with Connection: close', { fixtures: ['echo'], kind }, async (t) => {
    const host = await hostFor(t)
    const sandbox = await host.load('echo')
    const connections = [await sandbox.connect(), await sandbox.connect()]
    for (const connection of connections) {
      connection.write(get('/before'))
      assert.doesNotMatch((await connection.answer()).head, /^connection: close/im)
    }
    sandbox.release()
    host.tell({ type: 'unload', id: sandbox.id, graceSeconds: 30 })
    await host.ping()
    const [used, idle] = connections
    used.write(get('/after'))
    const { body, head } = await used.answer()
    assert.equal(body, 'GET /after\n')
    assert.match(head, /^connection: close\r$/im)
    await used.closes()
    // As a gateway does with a connection that was idle for 10 s.
    assert.ok(!idle.isClosed)
    idle.close()
    await host.about('unloaded', sandbox.id, 5)
  })

  check('a failed load is collected', { fixtures: ['load-throws', 'never-loads'], kind }, async (t) => {
    const host = await Host.boot(t)
    for (const [name, more] of [['load-throws', {}], ['never-loads', { startSeconds: 1 }]]) {
      const sandbox = await host.load(name, more)
      assert.equal(sandbox.answer.type, 'failed')
      await host.about('collected', sandbox.id, 60)
      await sandbox.log.ends()
    }
    const { pong } = await host.ping()
    assert.deepEqual([pong.loaded, pong.leaked], [0, 0])
  })

  check('threads, timers and thread-locals that a function leaves are cleaned up', { fixtures: ['background'], kind }, async (t) => {
    const host = await hostFor(t)
    const sandbox = await host.load('background')
    assert.equal((await sandbox.get()).status, 200)
    assert.equal((await sandbox.stop()).type, 'unloaded')
    await host.about('collected', sandbox.id, 60)
    assert.ok(!host.messages.all.some(({ type }) => type === 'tainted'))
  })
})

check('unload: no request is lost while another host takes over', { fixtures: ['echo'], kind }, async (t) => {
  const [old, fresh] = await Promise.all([Host.boot(t), Host.boot(t)])
  const sandbox = await old.load('echo')
  const traffic = new Traffic(sandbox, 8)
  await traffic.goesOn(200)
  const successor = await fresh.load('echo', { from: sandbox })
  assert.equal(successor.answer.type, 'loaded')
  await traffic.goesOn(200)
  old.tell({ type: 'unload', id: sandbox.id, graceSeconds: 30 })
  await old.about('unloaded', sandbox.id, 20)
  await traffic.goesOn(400)
  assert.deepEqual(await traffic.end(), [])
  assert.ok((await successor.counts()).requests >= 400)
})

check('nothing stays open of sandboxes that have gone', { fixtures: ['echo', 'load-throws'], kind }, async (t) => {
  const host = await Host.boot(t)
  const cycle = async () => {
    const sandbox = await host.load('echo')
    assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
    await sandbox.stop()
    await (await host.load('load-throws')).log.ends()
  }
  await cycle()
  const before = open(host)
  for (let i = 0; i < 20; i++) await cycle()
  // The host opens something of its own for a moment now and then.
  const end = Date.now() + 10_000
  let after = open(host)
  for (; after.length > before.length && Date.now() < end; after = open(host)) await host.ping()
  assert.ok(after.length <= before.length, JSON.stringify({ before, after }))
})

const open = (host) => host.descriptors.map(({ target }) => target.replace(/\[\d+\]/, '[]')).sort()
