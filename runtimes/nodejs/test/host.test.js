'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { test } = require('node:test')
const { Host } = require('./harness')

const hello = "exports.handler = (req, res) => res.end('hello ' + req.url)"

test('boots, loads and serves', async (t) => {
  const host = new Host(t)
  assert.deepEqual(await host.load({ 'index.js': hello }), { type: 'loaded', id: 'one' })
  assert.deepEqual(host.booted, { type: 'booted', version: process.versions.node })
  assert.equal((await host.get('/a')).body, 'hello /a')
})

test('the function sees its environment, its work directory and nothing else', async (t) => {
  const host = new Host(t)
  const code = 'exports.handler = (req, res) => res.end(JSON.stringify({ env: process.env, cwd: process.cwd() }))'
  await host.load({ 'index.js': code })
  const seen = JSON.parse((await host.get()).body)
  assert.deepEqual(seen, { env: { A: '1' }, cwd: fs.realpathSync(host.work) })
})

test('the channel is out of sight, and still works', async (t) => {
  const host = new Host(t)
  const code = `process.on('message', () => console.log('SEEN'))
    const seen = [process.send, process.channel, process.connected, process.disconnect].map((it) => typeof it)
    exports.handler = (req, res) => res.end(JSON.stringify([seen, typeof process.channel]))`
  await host.load({ 'index.js': code })
  const none = 'undefined'
  assert.deepEqual(JSON.parse((await host.get()).body), [[none, none, none, none], none])
  await host.ping(7)
  host.tell({ type: 'stop' })
  assert.deepEqual(await host.ended, { code: 0, signal: null })
  assert.ok(!host.output.includes('SEEN'))
})

const loads = [
  ['nested export', { 'index.js': 'exports.api = { get: (q, s) => s.end("n") }' }, 'index.api.get', 'n'],
  ['module in a folder', { 'src/main.js': 'exports.run = (q, s) => s.end("f")' }, 'src/main.run', 'f'],
  ['folder with an index', { 'api/index.js': 'exports.run = (q, s) => s.end("i")' }, 'api.run', 'i'],
  ['ES module by its ending', { 'index.mjs': 'export const handler = (q, s) => s.end("m")' }, 'index.handler', 'm'],
  ['ES module by package.json', { 'package.json': '{"type":"module"}', 'index.js': 'export function handler (q, s) { s.end("p") }' }, 'index.handler', 'p'],
  ['default export as the module', { 'index.mjs': 'export default { handler: (q, s) => s.end("d") }' }, 'index.handler', 'd'],
  ['top-level await', { 'index.mjs': 'const x = await Promise.resolve("t"); export const handler = (q, s) => s.end(x)' }, 'index.handler', 't'],
  ['own modules', { 'index.js': 'const x = require("./lib/x"); exports.handler = (q, s) => s.end(x)', 'lib/x.js': 'module.exports = "x"' }, 'index.handler', 'x']
]
for (const [name, files, handler, body] of loads) {
  test(`loads: ${name}`, async (t) => {
    const host = new Host(t)
    assert.equal((await host.load(files, handler)).type, 'loaded')
    assert.equal((await host.get()).body, body)
  })
}

const layered = [
  ['require of a package', 'index.js', 'exports.handler = (q, s) => s.end(require("x") + require("x/sub"))', '1xsub'],
  ['require of a file at the top', 'index.js', 'exports.handler = (q, s) => s.end(require("top"))', '1top'],
  ['require of what only the second has', 'index.js', 'exports.handler = (q, s) => s.end(require("y"))', '2y'],
  ['the package\'s own first', 'index.js', 'exports.handler = (q, s) => s.end(require("own"))', 'own'],
  ['import', 'index.mjs', 'import x from "x"; import y from "y"; export const handler = (q, s) => s.end(x + y)', '1x2y']
]
for (const [name, file, code, body] of layered) {
  test(`layers: ${name}`, async (t) => {
    const host = new Host(t)
    const module = (text) => `module.exports = ${JSON.stringify(text)}`
    for (const [path, text] of Object.entries({
      '1/node_modules/x/index.js': '1x', '1/node_modules/x/sub.js': 'sub', '1/node_modules/own/index.js': 'not this',
      '1/top.js': '1top', '2/node_modules/x/index.js': '2x', '2/node_modules/y/index.js': '2y'
    })) {
      fs.mkdirSync(require('node:path').dirname(`${host.root}/${path}`), { recursive: true })
      fs.writeFileSync(`${host.root}/${path}`, module(text))
    }
    const env = { NEST_LAYERS: `${host.root}/1:${host.root}/2` }
    const files = { [file]: code, 'node_modules/own/index.js': module('own') }
    assert.deepEqual(await host.load(files, 'index.handler', { env }), { type: 'loaded', id: 'one' })
    assert.equal((await host.get()).body, body)
  })
}

const failures = [
  ['no module', { 'main.js': hello }, 'index.handler', 'ModuleNotFound', /no module 'index'.*it holds: main\.js/],
  ['no export', { 'index.js': 'exports.other = 1' }, 'index.handler', 'HandlerNotFound', /index\.js has no export 'handler'.*exports: other/],
  ['not a function', { 'index.js': 'exports.handler = [1]' }, 'index.handler', 'HandlerNotAFunction', /as an array/],
  ['no dot', { 'index.js': hello }, 'index', 'HandlerNotFound', /module\.export/],
  ['outside the package', { 'index.js': hello }, '../x.handler', 'ModuleNotFound', /no module/],
  ['syntax error', { 'index.js': 'exports.a = 1\nfunction ( {\n' }, 'index.handler', 'SyntaxError', /^index\.js:2\nfunction \( \{\n\^+\nSyntaxError: Function statements/],
  ['syntax error in an ES module', { 'index.mjs': 'import fs from "node:fs"\nexport const a = 1\nexport function handler ( {\n  let let = 1\n}' }, 'index.handler', 'SyntaxError', /^index\.mjs:\d\n.*\n *\^+\nSyntaxError/],
  ['throws while loading', { 'index.js': 'function boom () { throw new TypeError("no database") }\nboom()' }, 'index.handler', 'LoadError', /^index\.js threw while it was loaded: TypeError: no database$/],
  ['rejects while loading', { 'index.mjs': 'await Promise.reject(new Error("later"))' }, 'index.handler', 'LoadError', /^index\.mjs threw while it was loaded: Error: later$/],
  ['throws no error', { 'index.js': 'throw "text"' }, 'index.handler', 'LoadError', /^index\.js threw while it was loaded: thrown: text$/],
  ['missing dependency', { 'index.js': 'require("left-pad")' }, 'index.handler', 'LoadError', /Cannot find module 'left-pad'[^]*put node_modules into the package/],
  ['missing dependency of an ES module', { 'index.mjs': 'import "left-pad"' }, 'index.handler', 'LoadError', /Cannot find package 'left-pad'[^]*put node_modules into the package/],
  ['exits while loading', { 'index.js': 'process.exit(3)' }, 'index.handler', 'ExitedWhileLoading', /^index\.js ended the process while it was loaded \(exit code 3\)\. Remove/],
  ['waits for nothing', { 'index.mjs': 'await new Promise(() => {})' }, 'index.handler', 'NeverLoaded', /^index\.mjs waits \(await at the top level\)/],
  ['throws later while loading', { 'index.mjs': 'setTimeout(() => { throw new Error("timer") }); await new Promise((resolve) => setTimeout(resolve, 1e6))' }, 'index.handler', 'LoadError', /^index\.mjs threw while it was loaded: Error: timer$/],
  ['broken package.json', { 'package.json': '{', 'index.js': hello }, 'index.handler', 'LoadError', /package\.json is not JSON/]
]
for (const [name, files, handler, reason, message] of failures) {
  test(`refuses: ${name}`, async (t) => {
    const host = new Host(t)
    const answer = await host.load(files, handler)
    assert.equal(answer.type, 'failed')
    assert.equal(answer.reason, reason)
    assert.match(answer.message, message)
    assert.ok(answer.stack.length <= 4096 && !answer.stack.includes(host.directory))
    assert.equal((await host.ended).signal, null)
    assert.notEqual((await host.ended).code, 0)
  })
}

test('a load that takes too long is given up', async (t) => {
  const host = new Host(t)
  const answer = await host.load({ 'index.mjs': 'await new Promise((resolve) => setTimeout(resolve, 1e6))' }, 'index.handler', { startSeconds: 0.2 })
  assert.equal(answer.reason, 'StartupTimeout')
  assert.match(answer.message, /^After 0 s \(startupTimeoutSeconds\) index\.mjs is still being loaded/)
  assert.equal((await host.ended).code, 1)
})

test('a failed load shows the line in the stack', async (t) => {
  const host = new Host(t)
  const { stack } = await host.load({ 'index.js': 'function boom () { throw new Error("x") }\nboom()' })
  assert.match(stack, /at boom \(index\.js:1:26\)\n\s+at Object\.<anonymous> \(index\.js:2:1\)/)
})

for (const [name, code] of [['throws', 'exports.handler = () => { throw new Error("secret 42") }'], ['rejects', 'exports.handler = async () => { throw new Error("secret 42") }']]) {
  test(`a handler that ${name} answers 500 without the stack, and the sandbox lives`, async (t) => {
    const host = new Host(t)
    await host.load({ 'index.js': code })
    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await host.get()
      assert.equal(status, 500)
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.ok(!body.includes('secret'))
    }
    await host.logged(/error:[\w-]+ Error: secret 42\n/)
    assert.deepEqual(host.lines.filter(({ text }) => text.includes('/lib/')), [])
  })
}

test('a handler that fails in the middle of its response breaks the connection', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': 'exports.handler = async (q, s) => { s.write("half"); throw new Error("x") }' })
  await assert.rejects(host.get(), { code: 'ECONNRESET' })
})

test('an error outside a request is reported, and ends the host as Node does', async (t) => {
  for (const code of ['setImmediate(() => { throw new Error("late") })', 'Promise.reject(new Error("late"))']) {
    const host = new Host(t)
    await host.load({ 'index.js': `exports.handler = (q, s) => { s.end("ok"); ${code} }` })
    await host.get('/', { headers: { 'x-request-id': 'r1' } })
    const { type, message, stack, requestId } = await host.next()
    assert.equal(requestId, 'r1')
    assert.equal(type, 'crashed')
    assert.equal(message, 'Error: late')
    assert.match(stack, /index\.js/)
    assert.deepEqual(await host.ended, { code: 1, signal: null })
  }
})

test('a function may handle uncaught exceptions itself', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': 'process.on("uncaughtException", () => {}); exports.handler = (q, s) => { s.end("ok"); throw0() }; const throw0 = () => setImmediate(() => { throw new Error("late") })' })
  await host.get()
  assert.equal((await host.get()).body, 'ok')
})

test('stop finishes what is in flight and refuses what comes after', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': 'exports.handler = (q, s) => { s.write("a"); q.resume().on("end", () => s.end("b")) }' })
  const { request } = require('node:http')
  const open = request({ port: host.port, host: '127.0.0.1', method: 'POST', agent: false })
  open.write('x')
  const response = await new Promise((resolve) => open.on('response', resolve))
  host.tell({ type: 'stop' })
  host.tell({ type: 'ping', nonce: 1 })
  await host.next()
  await assert.rejects(host.get(), { code: 'ECONNREFUSED' })
  open.end()
  let body = ''
  for await (const data of response) body += data
  assert.equal(body, 'ab')
  assert.deepEqual(await host.ended, { code: 0, signal: null })
})

test('a host whose shim is gone ends', async (t) => {
  for (const loaded of [false, true]) {
    const host = new Host(t)
    if (loaded) await host.load({ 'index.js': hello }); else await host.next()
    host.child.disconnect()
    assert.equal((await host.ended).code, 0)
  }
})

test('a second load is refused', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': hello })
  const listener = require('node:net').createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.on('listening', resolve))
  host.tell({ type: 'load', id: 'two', directory: '/', handler: 'x.y' }, listener._handle)
  await host.ping(2)
  listener.close()
  assert.equal((await host.get()).body, 'hello /')
})
