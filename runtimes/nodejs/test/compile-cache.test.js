'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { Host } = require('./harness')

/** Enough source to be worth it. */
const bulk = '/* ' + 'x'.repeat(1000) + ' */\n'
const modules = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`lib/m${index}.js`, `${bulk}exports.value = () => ${index}`]))

function write (directory, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(directory, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
}

/** Compiles a package on a host of its own, which ends; resolves with its answer and the file. */
async function compile (t, directory) {
  const host = new Host(t)
  await host.next()
  const target = path.join(host.work, 'compiled')
  host.tell({ type: 'compile', directory, target })
  const { type, ...answer } = await host.next()
  assert.equal(type, 'compiled')
  // What is read later is what it left, without the host.
  const kept = path.join(directory, '..', 'kept')
  if (answer.files > 0) fs.copyFileSync(target, kept)
  await host.end()
  return { ...answer, kept }
}

/** Loads a package, of which counts are in `globalThis.taken`, and answers what it says. */
async function run (t, files, { from = files, prepare = () => {}, ...more } = {}) {
  const host = new Host(t)
  write(host.directory, from)
  const made = await compile(t, host.directory)
  write(host.directory, files)
  prepare(made.kept)
  const answer = await host.load({}, 'index.handler', { compiled: { [host.directory]: made.kept }, ...more })
  return { host, made, answer, body: answer.type === 'loaded' ? (await host.get()).body : null }
}

/** Counts what V8 is asked to compile with, by watching vm.compileFunction from the first module. */
const watching = `const vm = require('node:vm'); const before = vm.compileFunction; const counts = { taken: 0, refused: 0 }
  vm.compileFunction = (...all) => { const made = before(...all); if (all[2].cachedData) made.cachedDataRejected ? counts.refused++ : counts.taken++; return made }\n`
const all = `${watching}let sum = 0; for (let i = 0; i < 200; i++) sum += require('./lib/m' + i).value()
  exports.handler = (q, s) => s.end([sum, counts.taken, counts.refused].join(' '))`

test('compiled: every module of the package comes from what was compiled before', async (t) => {
  const { made, body } = await run(t, { 'index.js': all, ...modules })
  assert.equal(made.files, 201)
  assert.equal(body, '19900 200 0')
})

test('compiled: nothing of the package runs while it is compiled', async (t) => {
  const host = new Host(t)
  const mark = path.join(host.root, 'ran')
  write(host.directory, { 'index.js': `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`, ...modules })
  assert.equal((await compile(t, host.directory)).files, 201)
  assert.ok(!fs.existsSync(mark))
})

test('compiled: what is no script, or not worth it, is left out', async (t) => {
  const host = new Host(t)
  write(host.directory, { ...modules, 'm.mjs': 'export default 1', 'esm.js': 'import "x"', 'broken.js': 'let = 1 +', 'big.json': '{}' })
  fs.symlinkSync('/', path.join(host.directory, 'link'))
  assert.equal((await compile(t, host.directory)).files, 200)
  const small = new Host(t)
  write(small.directory, { 'index.js': 'exports.handler = () => {}' })
  assert.equal((await compile(t, small.directory)).files, 0)
})

test('compiled: what was made of another package is not used', async (t) => {
  const other = new Host(t)
  const elsewhere = path.join(other.root, 'another')
  fs.mkdirSync(elsewhere)
  write(elsewhere, { 'index.js': all, ...modules })
  const { kept } = await compile(t, elsewhere)
  const host = new Host(t)
  await host.load({ 'index.js': all, ...modules }, 'index.handler', { compiled: { [host.directory]: kept } })
  assert.equal((await host.get()).body, '19900 0 0')
})

const damages = [
  ['is cut', (file) => fs.truncateSync(file, fs.statSync(file).size >> 1)],
  ['is empty', (file) => fs.truncateSync(file, 0)],
  ['is not there', (file) => fs.rmSync(file)],
  ['is something else', (file) => fs.writeFileSync(file, 'x'.repeat(5000))]
]
for (const [title, prepare] of damages) {
  test(`compiled: a file that ${title} harms nothing`, async (t) => {
    const { body } = await run(t, { 'index.js': all, ...modules }, { prepare })
    assert.match(body, /^19900 /)
  })
}

test('compiled: data that V8 refuses is compiled as ever', async (t) => {
  const prepare = (file) => {
    const bytes = fs.readFileSync(file)
    bytes.fill(0, 4 + bytes.readUInt32LE(0))
    fs.writeFileSync(file, bytes)
  }
  assert.equal((await run(t, { 'index.js': all, ...modules }, { prepare })).body, '19900 0 200')
})

test('compiled: a source of the same length that says something else is compiled itself', async (t) => {
  const from = { 'index.js': all, ...modules }
  const { body } = await run(t, { ...from, 'lib/m0.js': modules['lib/m0.js'].replace('=> 0', '=> 7') }, { from })
  assert.equal(body, '19907 199 0')
})

test('compiled: modules see what they see without', async (t) => {
  const looks = `${bulk}'use strict'
    const path = require('node:path')
    exports.seen = () => ({
      main: require.main?.filename?.endsWith('host.js'), self: require.cache[__filename] === module, parent: path.basename(module.parent.filename),
      children: module.children.map((it) => path.basename(it.filename)), resolved: path.basename(require.resolve('./other')),
      paths: require.resolve.paths('x').length > 2, extensions: Object.keys(require.extensions), name: require.name, self2: this === exports,
      file: path.basename(__filename), directory: __dirname === path.dirname(__filename), builtin: require.resolve('fs')
    })
    exports.imported = require('./imports').imported
    exports.other = require('./other')
    exports.fails = () => { throw new Error('where') }`
  const files = {
    'index.js': `const looks = require('./looks')
      exports.handler = async (q, s) => {
        let stack
        try { looks.fails() } catch (error) { stack = error.stack.split('\\n').slice(1, 3).map((it) => it.trim().replace(__dirname, '')) }
        s.end(JSON.stringify({ ...looks.seen(), imported: await looks.imported(), stack }))
      }`,
    'looks.js': looks, 'imports.js': 'exports.imported = () => import("./module.mjs").then((it) => it.default)', 'other.js': 'module.exports = 1', 'module.mjs': 'export default "esm"', ...modules
  }
  const { body, made } = await run(t, files)
  assert.equal(made.files, 203)
  const without = new Host(t)
  await without.load(files)
  assert.deepEqual(JSON.parse(body), JSON.parse((await without.get()).body))
  assert.equal(JSON.parse(body).imported, 'esm')
})

test('compiled: an error while loading has the same words and frames', async (t) => {
  const files = { 'index.js': 'require("./throws")', 'throws.js': `${bulk}\nconst f = () => { throw new Error("no database") }\nf()`, ...modules }
  const { answer } = await run(t, files)
  const without = new Host(t)
  assert.deepEqual(answer, await without.load(files))
  assert.match(answer.stack, /throws\.js:3:25/)
})

test('compiled: a program is main with it, too', async (t) => {
  const host = new Host(t)
  write(host.directory, { 'main.js': `${bulk}require('node:http').createServer((q, s) => s.end(String(require.main === module))).listen(process.env.PORT)`, ...modules })
  const { kept } = await compile(t, host.directory)
  const answer = await host.load({}, 'main.js', { signature: 'server', compiled: { [host.directory]: kept } })
  assert.equal(answer.type, 'loaded')
  assert.equal((await host.get()).body, 'true')
})
