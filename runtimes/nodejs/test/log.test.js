'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { Host } = require('./harness')

const line = (stream, level, text, part = 'F', id = 'r1') => ({ stream, part, level, id, text })
const rows = [
  ['console', "for (const name of ['debug', 'log', 'info', 'warn', 'error']) console[name](name, 1)", [
    line('stdout', 'debug', 'debug 1'), line('stdout', 'info', 'log 1'), line('stdout', 'info', 'info 1'),
    line('stderr', 'warn', 'warn 1'), line('stderr', 'error', 'error 1')]],
  ['the logger', "for (const name of ['debug', 'info', 'warn', 'error']) context.logger[name](name, { a: 1 })", [
    line('stdout', 'debug', 'debug { a: 1 }'), line('stdout', 'info', 'info { a: 1 }'),
    line('stderr', 'warn', 'warn { a: 1 }'), line('stderr', 'error', 'error { a: 1 }')]],
  ['streams', "process.stdout.write('a\\nb\\n'); process.stderr.write('c\\n')", [
    line('stdout', 'info', 'a'), line('stdout', 'info', 'b'), line('stderr', 'error', 'c')]],
  ['pieces of a line', "process.stdout.write('a'); process.stderr.write('x\\n'); process.stdout.write('b\\n')", [
    line('stderr', 'error', 'x'), line('stdout', 'info', 'ab')]],
  ['an empty line', "console.log()", [line('stdout', 'info', '')]],
  ['characters of several bytes', "const b = Buffer.from('€\\n'); process.stdout.write(b.subarray(0, 1)); process.stdout.write(b.subarray(1))", [
    line('stdout', 'info', '€')]],
  ['a later turn', "await new Promise((resolve) => setTimeout(resolve, 5)); console.log('later')", [line('stdout', 'info', 'later')]],
  ['a line that is too long', "console.log('€'.repeat(6000))", [
    line('stdout', 'info', '€'.repeat(5461), 'P'), line('stdout', 'info', '€'.repeat(539))]],
  ['what has no end', "process.stdout.write('open')", [line('stdout', 'info', 'open', 'F', null)]],
  ['what is outside of requests', '} ; { console.log("outside")', [line('stdout', 'info', 'outside', 'F', null)]]
]
for (const [name, code, expected] of rows) {
  test(`prints ${name}`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': `exports.handler = async (event, context) => { ${code} }` }, 'index.handler', { signature: 'event' })
    await host.get('/', { headers: { 'x-request-id': 'r1' } })
    host.tell({ type: 'stop' })
    await host.closed
    assert.deepEqual(host.lines, expected)
  })
}

test('requests at once are told apart', async (t) => {
  const host = new Host(t)
  const code = `exports.handler = async ({ path }) => {
    for (let i = 0; i < 3; i++) { console.log(path); await new Promise((resolve) => setTimeout(resolve, 2)) }
  }`
  await host.load({ 'index.js': code }, 'index.handler', { signature: 'event' })
  await Promise.all(['a', 'b', 'c'].map((id) => host.get(`/${id}`, { headers: { 'x-request-id': id } })))
  assert.equal(host.lines.length, 9)
  for (const { id, text } of host.lines) assert.equal(text, `/${id}`)
})

test('what a worker prints comes out too', async (t) => {
  const host = new Host(t)
  const code = `const { Worker } = require('node:worker_threads')
    exports.handler = () => new Promise((resolve) => new Worker("console.log('from a worker')", { eval: true }).on('exit', resolve))`
  await host.load({ 'index.js': code }, 'index.handler', { signature: 'event' })
  await host.get()
  await host.logged(/stdout F:info\S* from a worker\n/)
})

test('the last words before an exit are there', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': "exports.handler = () => { for (let i = 0; i < 2000; i++) console.log('line', i); process.stdout.write('end'); process.exit(7) }" }, 'index.handler', { signature: 'event' })
  await assert.rejects(host.get())
  assert.deepEqual(await host.ended, { code: 7, signal: null })
  await host.closed
  assert.equal(host.lines.length, 2001)
  assert.equal(host.lines.at(-1).text, 'end')
})
