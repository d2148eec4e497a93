'use strict'

const assert = require('node:assert/strict')
const { describe } = require('node:test')
const { Host, check, serve } = require('./harness')

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

// They wait most of the time, so they wait together.
describe('what takes its time', { concurrency: 3 }, () => {
  check('one connection carries many requests, also after more than 10 s of quiet', { fixtures: ['echo'] }, async (t) => {
    const sandbox = await serve(t, 'echo')
    const connection = await sandbox.connect()
    for (const pause of [0, 0, 11_000]) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      connection.write(get('/a'))
      assert.equal((await connection.answer()).body, 'GET /a\n')
    }
    assert.ok(!connection.isClosed)
    connection.close()
  })

  check('unload: idle connections that nobody closes are closed after 15 s', { fixtures: ['echo'], kind: 'many' }, async (t) => {
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

  check('a thread that will not die taints the host, which takes nothing new and serves what it has', { fixtures: ['stuck', 'echo'], kind: 'many' }, async (t) => {
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
})
