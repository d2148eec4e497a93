'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { Host } = require('./harness')

/** Writes a layer of these files beside the host's package; returns its directory. */
function layer (host, name, files) {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(host.root, name, file)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, text)
  }
  return path.join(host.root, name)
}

/** Boots a host and lets it preload; the answer without its type. */
async function preloaded (host, layers, env = {}) {
  const booted = await host.next()
  host.tell({ type: 'preload', layers, env })
  const { type, ...answer } = await host.next()
  assert.equal(type, 'preloaded')
  // The harness waits for it when it loads.
  host.messages.push(booted)
  return answer
}

/** A module that counts how often it is evaluated. */
const counting = (name) => `globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; module.exports = ${JSON.stringify(name)}`

test('preload: a function finds the modules of its layer evaluated, and evaluates none again', async (t) => {
  const host = new Host(t)
  const files = {}
  const names = Array.from({ length: 300 }, (_, index) => `m${index}`)
  for (const name of names) files[`node_modules/${name}/index.js`] = counting(name)
  const directory = layer(host, 'layer', files)
  assert.deepEqual(await preloaded(host, [directory]), { modules: 300, skipped: [], env: [] })
  const code = `const before = globalThis.evaluated
    const found = ${JSON.stringify(names)}.map((name) => require(name))
    exports.handler = (q, s) => s.end([before, globalThis.evaluated, found.at(-1)].join(' '))`
  const answer = await host.load({ 'index.js': code }, 'index.handler', { env: { NEST_LAYERS: directory } })
  assert.deepEqual(answer, { type: 'loaded', id: 'one' })
  assert.equal((await host.get()).body, '300 300 m299')
  host.tell({ type: 'stop' })
  assert.deepEqual(await host.ended, { code: 0, signal: null })
})

const choices = [
  ['every package, scopes too', {}, 'a b @s/c'],
  ['the dependencies that it names', { 'package.json': '{"dependencies":{"a":"1","types":"1"}}' }, 'a'],
  ['what it lists', { 'package.json': '{"dependencies":{"a":"1"},"nest":{"preload":["b/sub","./top"]}}', 'node_modules/b/sub.js': load('b/sub'), 'top.js': load('top') }, 'b/sub top'],
  ['nothing, where it lists nothing', { 'package.json': '{"nest":{"preload":[]}}' }, '']
]
function load (name) { return `(globalThis.names ??= []).push(${JSON.stringify(name)})` }
for (const [title, files, expected] of choices) {
  test(`preload: of a layer ${title}`, async (t) => {
    const host = new Host(t)
    const directory = layer(host, 'layer', {
      'node_modules/a/index.js': load('a'),
      'node_modules/b/lib/main.js': load('b'),
      'node_modules/b/package.json': '{"main":"lib/main.js"}',
      'node_modules/@s/c/index.js': load('@s/c'),
      'node_modules/types/index.d.ts': 'export {}',
      'node_modules/.bin/a': 'exit 1',
      ...files
    })
    const { skipped } = await preloaded(host, [directory])
    assert.deepEqual(skipped, [])
    await host.load({ 'index.js': 'exports.handler = (q, s) => s.end((globalThis.names ?? []).join(" "))' }, 'index.handler', { env: { NEST_LAYERS: directory } })
    assert.deepEqual(new Set((await host.get()).body.split(' ')), new Set(expected.split(' ')))
  })
}

test('preload: modules that do not load are skipped, with the reason; the others serve', async (t) => {
  const host = new Host(t)
  const directory = layer(host, 'layer', {
    'package.json': '{"nest":{"preload":["throws","exits","later","rejects","syntax","needs","nowhere","stuck","good"]}}',
    'node_modules/throws/index.js': 'throw new Error("no database")',
    'node_modules/exits/index.js': 'process.exit(3)',
    'node_modules/later/index.js': 'setImmediate(() => { throw new Error("too late") })',
    'node_modules/rejects/index.js': 'Promise.reject(new Error("not awaited"))',
    'node_modules/syntax/index.js': 'let = 1 +',
    'node_modules/needs/index.js': 'require("not-installed")',
    'node_modules/stuck/package.json': '{"type":"module"}',
    'node_modules/stuck/index.js': 'await new Promise(() => {})',
    'node_modules/good/index.js': counting('good')
  })
  const { modules, skipped } = await preloaded(host, [directory])
  const expected = {
    throws: /no database/, exits: /process\.exit/, later: /too late/, rejects: /not awaited/, syntax: /SyntaxError/, needs: /not-installed/, nowhere: /nowhere/, stuck: /after 5 s/
  }
  assert.deepEqual(skipped.map((it) => it.module), Object.keys(expected))
  for (const { module, message } of skipped) assert.match(message, expected[module])
  assert.equal(modules, 3)
  const code = 'const good = require("good"); exports.handler = (q, s) => s.end(good + globalThis.evaluated)'
  await host.load({ 'index.js': code }, 'index.handler', { env: { NEST_LAYERS: directory } })
  assert.equal((await host.get()).body, 'good1')
})

test('preload: ES modules are evaluated once, also for import from a function', async (t) => {
  const host = new Host(t)
  const module = 'globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; export default "m"'
  const directory = layer(host, 'layer', {
    'node_modules/typed/package.json': '{"type":"module","main":"main.js"}',
    'node_modules/typed/main.js': module,
    'node_modules/only/package.json': '{"type":"module","exports":{"import":"./main.js"}}',
    'node_modules/only/main.js': `import "typed"; ${module}`,
    'node_modules/common/index.js': counting('c')
  })
  assert.deepEqual(await preloaded(host, [directory]), { modules: 3, skipped: [], env: [] })
  const code = `import a from "typed"; import b from "only"; import c from "common"
    export const handler = (q, s) => s.end(a + b + c + globalThis.evaluated)`
  assert.equal((await host.load({ 'index.mjs': code }, 'index.handler', { env: { NEST_LAYERS: directory } })).type, 'loaded')
  assert.equal((await host.get()).body, 'mmc3')
})

test('preload: tells which variables were read, and repeats what was written', async (t) => {
  const host = new Host(t)
  const directory = layer(host, 'layer', {
    'node_modules/reads/index.js': `const kept = process.env; const { NODE_ENV } = kept
      exports.mode = [NODE_ENV, "DEBUG" in process.env, Object.keys(process.env).length > 0].join()
      exports.now = () => kept.NOW`,
    'node_modules/writes/index.js': 'process.env.WRITTEN = 1; delete process.env.TAKEN; process.env.WRITTEN'
  })
  const { env } = await preloaded(host, [directory], { NODE_ENV: 'production', TAKEN: 'x' })
  assert.deepEqual(env, ['NODE_ENV', 'DEBUG'])
  const code = `const { mode, now } = require("reads")
    exports.handler = (q, s) => s.end([mode, now(), process.env.WRITTEN, process.env.TAKEN, process.env.NODE_ENV].join(" "))`
  await host.load({ 'index.js': code }, 'index.handler', { env: { NEST_LAYERS: directory, NODE_ENV: 'production', NOW: 'now', TAKEN: 'y' } })
  assert.equal((await host.get()).body, 'production,false,true now 1  production')
})

test('preload: the channel is out of sight, the host stays, and ends when it is told', async (t) => {
  const host = new Host(t)
  const directory = layer(host, 'layer', {
    'node_modules/looks/index.js': 'globalThis.seen = [typeof process.send, typeof process.channel].join(" ")'
  })
  await preloaded(host, [directory])
  await host.turns()
  await host.load({ 'index.js': 'exports.handler = (q, s) => s.end(globalThis.seen)' }, 'index.handler', { env: { NEST_LAYERS: directory } })
  assert.equal((await host.get()).body, 'undefined undefined')
  const other = new Host(t)
  await preloaded(other, [directory])
  other.tell({ type: 'stop' })
  assert.deepEqual(await other.ended, { code: 0, signal: null })
})

test('preload: layers that come later are looked at after those that were preloaded', async (t) => {
  const host = new Host(t)
  const first = layer(host, 'first', { 'node_modules/x/index.js': 'module.exports = "first"' })
  const second = layer(host, 'second', { 'node_modules/x/index.js': 'module.exports = "second"', 'node_modules/y/index.js': 'module.exports = "y"' })
  await preloaded(host, [first])
  const code = 'const found = require("x") + require("y"); exports.handler = (q, s) => s.end(found)'
  await host.load({ 'index.js': code }, 'index.handler', { env: { NEST_LAYERS: `${first}:${second}` } })
  assert.equal((await host.get()).body, 'firsty')
})
