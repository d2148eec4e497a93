'use strict'

const assert = require('node:assert/strict')
const { Host, check, hostFor, isShared } = require('./harness')
const { fixture } = require('./harness/runtime')

check('answers with loaded and serves', { fixtures: ['echo'] }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.load('echo')
  const { bytes, ...answer } = sandbox.answer
  assert.deepEqual(answer, { type: 'loaded', id: sandbox.id })
  assert.equal((await sandbox.get('/a?b=c')).body, 'GET /a?b=c\n')
})

check('connections from before the load are answered', { fixtures: ['echo'] }, async (t) => {
  const host = await Host.boot(t)
  const sandbox = await host.prepare()
  const early = await Promise.all(Array.from({ length: 20 }, () => sandbox.connect()))
  for (const connection of early) connection.write('GET /early HTTP/1.1\r\nHost: a\r\n\r\n')
  sandbox.send(host.loadOf(sandbox, 'echo'))
  await host.about('loaded', sandbox.id, 20)
  for (const connection of early) {
    assert.equal((await connection.answer()).body, 'GET /early\n')
    connection.close()
  }
})

const failures = [
  ['a module that is missing', 'missing', ['ModuleNotFound'], /nowhere/i],
  ['a handler that is missing', 'no-handler', ['HandlerNotFound'], /handler/i],
  ['a handler that is no function', 'not-a-function', ['HandlerNotAFunction'], /list/i],
  ['what cannot be parsed', 'syntax-error', ['SyntaxError'], /^\w+\.\w+:\d+[^]*\^/],
  ['an error while loading', 'load-throws', ['LoadError'], /no database/],
  ['an error whose message is too long', 'load-shouts', ['LoadError'], /€{100}/],
  ['the end of the process while loading', 'load-exits', ['ExitedWhileLoading', 'LoadError'], /exit/i],
  ['what waits for nothing', 'never-settles', ['NeverLoaded'], /./],
  ['a program that comes to its end', 'program-ends', ['NotListening'], /PORT/],
  ['a program that listens elsewhere', 'program-elsewhere', ['WrongPort'], /PORT/],
  ['code of a newer version', 'newer', ['UnsupportedClassVersion'], /\d/],
  ['a package that is none', 'broken-package', ['LoadError'], /./]
]
for (const [title, name, reasons, message] of failures) {
  check(`refuses ${title}, with the reason`, { fixtures: [name] }, async (t) => {
    const host = await hostFor(t)
    const sandbox = await host.load(name)
    const { answer } = sandbox
    assert.equal(answer.type, 'failed')
    assert.ok(reasons.includes(answer.reason), JSON.stringify(answer))
    assert.match(answer.message, message)
    await refused(host, answer, fixture(name).directory)
  })
}

check('the stack of an error while loading has the place in the package', { fixtures: ['load-throws'] }, async (t) => {
  const host = await hostFor(t)
  const { answer } = await host.load('load-throws')
  assert.match(answer.stack, /\b[\w./$]*throws[^\n]*:\d+/i)
})

check('refuses a signature that is not known', { fixtures: ['echo'] }, async (t) => {
  const host = await hostFor(t)
  const { answer } = await host.load('echo', { signature: 'telepathy' })
  assert.equal(answer.reason, 'UnsupportedSignature')
  assert.match(answer.message, /telepathy/)
  await refused(host, answer, fixture('echo').directory)
})

check('signature server: serves a program, or is refused', { fixtures: ['echo'] }, async (t) => {
  const host = await Host.boot(t)
  if (fixture('program').lacks) {
    const { answer } = await host.load('echo', { signature: 'server' })
    assert.equal(answer.reason, 'UnsupportedSignature')
    return refused(host, answer, fixture('echo').directory)
  }
  const sandbox = await host.load('program')
  assert.equal(sandbox.answer.type, 'loaded')
  assert.equal((await sandbox.get()).body, 'a program')
  assert.deepEqual(await sandbox.stop(), { code: 0, signal: null })
})

check('refuses a handler outside of the package', { fixtures: ['echo'] }, async (t) => {
  const host = await hostFor(t)
  const { answer } = await host.load('echo', { handler: `../failing/${fixture('echo').handler}` })
  assert.equal(answer.type, 'failed')
  assert.ok(['ModuleNotFound', 'HandlerNotFound'].includes(answer.reason), JSON.stringify(answer))
})

check('gives up after startSeconds', { fixtures: ['never-loads'] }, async (t) => {
  const host = await hostFor(t)
  const start = Date.now()
  const { answer } = await host.load('never-loads', { startSeconds: 1 })
  const seconds = (Date.now() - start) / 1000
  assert.equal(answer.reason, 'StartupTimeout')
  assert.match(answer.message, /1 s/)
  // A host that says nothing is killed a second later.
  assert.ok(seconds >= 0.9 && seconds < 2, `${seconds} s`)
  await refused(host, answer, fixture('never-loads').directory)
})

check('a load that takes its time holds nobody up', { fixtures: ['never-loads', 'echo'], kind: 'many' }, async (t) => {
  const host = await Host.boot(t)
  const slow = await host.prepare()
  slow.send(host.loadOf(slow, 'never-loads', { startSeconds: 30 }))
  const sandbox = await host.load('echo')
  assert.equal(sandbox.answer.type, 'loaded')
  assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
  // It is not wanted any more.
  host.tell({ type: 'unload', id: slow.id, graceSeconds: 0 })
  await host.about('unloaded', slow.id)
  assert.ok(!host.hasSaid('loaded', slow.id))
  assert.equal((await sandbox.get('/b')).body, 'GET /b\n')
})

/** Its words fit, and it has ended, or lives on and loads another. */
async function refused (host, { message, stack, bytes }, directory) {
  assert.ok(bytes <= 64 << 10)
  for (const text of [message, stack]) {
    assert.equal(typeof text, 'string')
    assert.ok(Buffer.byteLength(text) <= 4096, `${Buffer.byteLength(text)} bytes`)
    assert.ok(!text.includes(directory), text)
  }
  if (isShared) {
    const next = await host.load('echo')
    assert.equal(next.answer.type, 'loaded')
    assert.equal((await next.get('/a')).body, 'GET /a\n')
    return
  }
  const { code, signal } = await host.exit()
  assert.equal(signal, null)
  assert.notEqual(code, 0)
}

check('a host of one sandbox takes one load', { fixtures: ['echo', 'state'], kind: 'one' }, async (t) => {
  const host = await Host.boot(t)
  const first = await host.load('echo')
  const second = await host.prepare()
  second.send(host.loadOf(second, 'state'))
  await host.ping()
  assert.ok(!host.messages.all.some(({ id }) => id === second.id))
  assert.equal((await first.get('/a')).body, 'GET /a\n')
})

check('a shared host takes many loads, and no id twice', { fixtures: ['echo', 'state'], kind: 'many' }, async (t) => {
  const host = await Host.boot(t)
  const first = await host.load('echo', { id: 'same' })
  const second = await host.load('state', { id: 'same' })
  assert.equal(second.answer.type, 'failed')
  assert.equal(second.answer.reason, 'LoadError')
  const third = await host.load('state', { id: 'other' })
  assert.equal(third.answer.type, 'loaded')
  assert.equal((await first.get('/a')).body, 'GET /a\n')
  assert.equal((await third.get('/a')).body, '1')
  // What was refused has nothing of its own left here.
  await second.log.ends()
})

check('one that has failed can be loaded again at once', { fixtures: ['never-loads', 'echo'], kind: 'many' }, async (t) => {
  const host = await hostFor(t)
  const failed = await host.load('never-loads', { startSeconds: 0.3 })
  assert.equal(failed.answer.reason, 'StartupTimeout')
  const again = await host.load('echo', { id: failed.id })
  assert.equal(again.answer.type, 'loaded', JSON.stringify(again.answer))
  assert.equal((await again.get('/a')).body, 'GET /a\n')
  await again.stop()
})
