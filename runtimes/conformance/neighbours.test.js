'use strict'

const assert = require('node:assert/strict')
const { Host, Traffic, check, hostFor, serve } = require('./harness')

const kind = 'many'

const limits = [
  ['burns', { cpuMillis: 500 }, 'CPULimitExceeded'],
  ['hoards', { memoryBytes: 16 << 20 }, 'MemoryLimitExceeded'],
  ['spawns', { threads: 8 }, 'ThreadLimitExceeded']
]

for (const [name, bounds, reason] of limits) {
  check(`a sandbox that takes more than ${Object.keys(bounds)} does not harm its neighbours`, { fixtures: [name, 'echo'], kind }, async (t) => {
    const host = await hostFor(t)
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
  const host = await hostFor(t)
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

check('one that takes all memory fails or is ended, and its neighbours serve on', { fixtures: ['exhausts', 'echo'], kind }, async (t) => {
  const host = await Host.boot(t)
  const [sandbox, neighbour] = [await host.load('exhausts'), await host.load('echo')]
  const ended = host.about('ended', sandbox.id, 50).then(({ reason }) => reason)
  ended.catch(() => {})
  for (let i = 0; i < 4 && !host.hasSaid('ended', sandbox.id); i++) {
    const answered = sandbox.get().then(({ status }) => status, () => ended)
    assert.ok([500, 'MemoryLimitExceeded'].includes(await Promise.race([answered, ended])))
    assert.equal((await neighbour.get('/a')).body, 'GET /a\n')
  }
  assert.ok(!host.hasSaid('ended', neighbour.id), host.story)
})

check('many that come, fail and go at once wait for each other at no time', { fixtures: ['echo', 'missing', 'load-throws'], kind }, async (t) => {
  for (let round = 0; round < 3; round++) {
    // A new host each time: what is done for the first time is done by all at once.
    const host = await Host.boot(t)
    const run = async (name) => {
      for (let i = 0; i < 4; i++) {
        const sandbox = await host.load(name)
        if (name !== 'echo') continue
        assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
        assert.equal((await sandbox.stop()).type, 'unloaded')
      }
    }
    await Promise.all(['missing', 'echo', 'load-throws', 'echo', 'missing', 'echo'].map(run))
    await host.end()
  }
})

check('sandboxes of one package share nothing', { fixtures: ['state'], kind }, async (t) => {
  const host = await hostFor(t)
  const [one, other] = [await host.load('state'), await host.load('state')]
  for (const count of ['1', '2', '3']) assert.equal((await one.get()).body, count)
  assert.equal((await other.get()).body, '1')
})
