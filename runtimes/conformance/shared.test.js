'use strict'

const assert = require('node:assert/strict')
const { Host, check } = require('./harness')

const kind = 'many'
const get = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

check('unload: finishes what is in flight and is collected', { fixtures: ['stream', 'echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const [sandbox, neighbour] = [await host.load('stream'), await host.load('echo')]
  const { request, head, answer } = sandbox.open('/', { method: 'POST', body: 'open' })
  await head
  sandbox.release()
  host.tell({ type: 'unload', id: sandbox.id, graceSeconds: 20 })
  await host.ping()
  assert.ok(!host.messages.all.some(({ type }) => type === 'unloaded'))
  request.end()
  assert.equal((await answer).body, 'one\ntwo\n')
  await host.about('unloaded', sandbox.id)
  await host.about('collected', sandbox.id, 60)
  await sandbox.log.ends()
  assert.equal((await neighbour.get('/a')).body, 'GET /a\n')
})

check('unload: gives up after the grace', { fixtures: ['hold'], kind }, async (t) => {
  const host = await Host.boot(t)
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
  const host = await Host.boot(t)
  host.tell({ type: 'unload', id: 'nobody', graceSeconds: 1 })
  await host.about('unloaded', 'nobody')
  host.tell({ type: 'park', id: 'nobody' })
  await host.about('parked', 'nobody')
})

check('unload: an idle connection is left open, and a request on it is still served, with Connection: close', { fixtures: ['echo'], kind }, async (t) => {
  const host = await Host.boot(t)
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

check('unload: idle connections that nobody closes are closed after 15 s', { fixtures: ['echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('echo')
  const connection = await sandbox.connect()
  connection.write(get('/'))
  await connection.answer()
  const start = Date.now()
  sandbox.release()
  host.tell({ type: 'unload', id: sandbox.id, graceSeconds: 60 })
  await connection.closes(20)
  await host.about('unloaded', sandbox.id)
  const seconds = (Date.now() - start) / 1000
  assert.ok(seconds > 10.5 && seconds < 18, `${seconds} s`)
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
  await old.about('collected', sandbox.id, 60)
  assert.ok((await successor.counts()).requests >= 400)
})

check('park: only what is idle, and it loads again on the same socket', { fixtures: ['state', 'hold'], kind }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('state')
  assert.equal((await sandbox.get()).body, '1')
  assert.equal((await sandbox.get()).body, '2')
  await until(host, sandbox, ({ connections }) => connections === 0)
  host.tell({ type: 'park', id: sandbox.id })
  await host.about('parked', sandbox.id)
  await host.about('collected', sandbox.id, 60)
  // The port is still there, and the kernel takes connections for whoever comes.
  const connection = await sandbox.connect()
  connection.write(get('/'))
  const again = await host.load('state', { id: sandbox.id, from: sandbox })
  assert.equal(again.answer.type, 'loaded')
  assert.equal((await connection.answer()).body, '1')
  connection.close()
})

check('park: what has a connection or a request is busy, and serves on', { fixtures: ['hold', 'echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const held = await host.load('hold')
  const { request, answer } = held.open('/a', { method: 'POST', body: 'open' })
  await held.log.shows(/began/)
  host.tell({ type: 'park', id: held.id })
  await host.about('busy', held.id)
  request.end()
  assert.equal((await answer).body, '/a 1')

  const idle = await host.load('echo')
  const connection = await idle.connect()
  connection.write(get('/a'))
  await connection.answer()
  host.tell({ type: 'park', id: idle.id })
  await host.about('busy', idle.id)
  connection.write(get('/b'))
  assert.equal((await connection.answer()).body, 'GET /b\n')
  connection.close()
  await until(host, idle, ({ connections }) => connections === 0)
  host.tell({ type: 'park', id: idle.id })
  await host.about('parked', idle.id)
})

check('park: no request is lost, however it falls', { fixtures: ['echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  let sandbox = await host.load('echo')
  for (let i = 0; i < 20; i++) {
    await until(host, sandbox, ({ connections }) => connections === 0)
    host.tell({ type: 'park', id: sandbox.id })
    const coming = sandbox.connect()
    const { type } = await host.messages.take((it) => ['parked', 'busy'].includes(it.type) && it.id === sandbox.id, 10, () => 'neither parked nor busy')
    const connection = await coming
    connection.write(get(`/${i}`))
    if (type === 'parked') sandbox = await host.load('echo', { id: sandbox.id, from: sandbox })
    assert.equal((await connection.answer()).body, `GET /${i}\n`)
    connection.close()
  }
})

check('stats: idleSeconds run while nothing is open', { fixtures: ['echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('echo')
  await until(host, sandbox, ({ idleSeconds }) => idleSeconds >= 1)
  const connection = await sandbox.connect()
  connection.write(get('/'))
  await connection.answer()
  assert.deepEqual((({ connections, idleSeconds }) => ({ connections, idleSeconds }))(await figures(host, sandbox)), { connections: 1, idleSeconds: 0 })
  connection.close()
  const { idleSeconds } = await until(host, sandbox, ({ connections }) => connections === 0)
  assert.ok(idleSeconds < 1)
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
  const host = await Host.boot(t)
  const sandbox = await host.load('background')
  assert.equal((await sandbox.get()).status, 200)
  assert.equal((await sandbox.stop()).type, 'unloaded')
  await host.about('collected', sandbox.id, 60)
  assert.ok(!host.messages.all.some(({ type }) => type === 'tainted'))
})

const limits = [
  ['burns', { cpuMillis: 500 }, 'CPULimitExceeded'],
  ['hoards', { memoryBytes: 16 << 20 }, 'MemoryLimitExceeded'],
  ['spawns', { threads: 8 }, 'ThreadLimitExceeded']
]
for (const [name, bounds, reason] of limits) {
  check(`a sandbox that takes more than ${Object.keys(bounds)} does not harm its neighbours`, { fixtures: [name, 'echo'], kind }, async (t) => {
    const host = await Host.boot(t)
    const [sandbox, neighbour] = [await host.load(name, { limits: bounds, timeoutSeconds: 5 }), await host.load('echo')]
    let isOver = false
    const answer = sandbox.get('/').then(({ status }) => status, () => 'broken').finally(() => { isOver = true })
    while (!isOver) assert.equal((await neighbour.get('/a')).body, 'GET /a\n')
    // It is refused, broken with its sandbox, or the function heard of it and answered so.
    assert.ok([500, 503, 504, 'broken'].includes(await answer), String(await answer))
    const ended = host.messages.all.find(({ type }) => type === 'ended')
    if (ended) assert.deepEqual([ended.id, ended.reason], [sandbox.id, reason])
    assert.equal((await neighbour.get('/a')).body, 'GET /a\n')
  })
}

check('what a function does to itself does not harm its neighbours', { fixtures: ['exits', 'crashes', 'throws', 'echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const neighbour = await host.load('echo')
  const calm = new Traffic(neighbour, 2)
  const exits = await host.load('exits')
  assert.equal((await exits.get('/exit')).status, 500)
  assert.equal((await exits.get('/')).body, 'lives')
  const crashes = await host.load('crashes')
  assert.equal((await crashes.get('/crash')).body, 'crashes')
  await crashes.log.shows(/late/)
  assert.equal((await crashes.get('/')).body, 'lives')
  await calm.goesOn(50)
  assert.deepEqual(await calm.end(), [])
  assert.ok(!host.hasEnded)
})

check('sandboxes of one package share nothing', { fixtures: ['state'], kind }, async (t) => {
  const host = await Host.boot(t)
  const [one, other] = [await host.load('state'), await host.load('state')]
  for (const count of ['1', '2', '3']) assert.equal((await one.get()).body, count)
  assert.equal((await other.get()).body, '1')
})

check('a thread that will not die taints the host, which takes nothing new and serves what it has', { fixtures: ['stuck', 'echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const [sandbox, neighbour] = [await host.load('stuck', { timeoutSeconds: 1 }), await host.load('echo')]
  assert.equal((await sandbox.get('/spin')).status, 504)
  const tainted = await host.message('tainted', undefined, 20)
  assert.equal(tainted.reason, 'StuckThread')
  assert.equal(typeof tainted.message, 'string')
  const { answer } = await host.load('echo')
  assert.deepEqual([answer.type, answer.reason], ['failed', 'HostTainted'])
  assert.equal((await neighbour.get('/a')).body, 'GET /a\n')
  assert.equal((await sandbox.get('/')).body, 'lives')
  host.tell({ type: 'unload', id: sandbox.id, graceSeconds: 0 })
  await host.about('unloaded', sandbox.id, 20)
  host.tell({ type: 'stop', graceSeconds: 1 })
  assert.deepEqual(await host.exit(15), { code: 0, signal: null })
  assert.equal(host.messages.all.filter(({ type }) => type === 'tainted').length, 1)
})

/** What the host says of one sandbox. */
async function figures (host, sandbox) {
  const { stats } = await host.ping()
  return stats.flatMap(({ sandboxes }) => sandboxes).find(({ id }) => id === sandbox.id)
}

/** Waits until that meets a condition. */
async function until (host, sandbox, condition, seconds = 10) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const found = await figures(host, sandbox)
    if (condition(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`after ${seconds} s: ${JSON.stringify(await figures(host, sandbox))}`)
}

/** Clients that ask one request after the other on connections that they keep until they are told to close them. */
class Traffic {
  count = 0
  #failures = []
  #isOver = false
  #clients

  constructor (sandbox, clients) {
    this.#clients = Array.from({ length: clients }, (_, index) => this.#ask(sandbox, index))
  }

  async #ask (sandbox, client) {
    let connection = await sandbox.connect()
    for (let i = 0; !this.#isOver; i++) {
      try {
        connection.write(get(`/${client}/${i}`))
        const { status, head, body } = await connection.answer()
        if (status !== 200 || body !== `GET /${client}/${i}\n`) this.#failures.push(`${status} ${body}`)
        if (/^connection: close\r$/im.test(head)) {
          connection.close()
          connection = await sandbox.connect()
        }
      } catch (error) {
        this.#failures.push(error.message)
        connection.close()
        connection = await sandbox.connect()
      }
      this.count++
    }
    connection.close()
  }

  /** Waits for so many more answers, or a failure. */
  async goesOn (count) {
    const goal = this.count + count
    while (this.count < goal && this.#failures.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  async end () {
    this.#isOver = true
    await Promise.all(this.#clients)
    return this.#failures
  }
}
