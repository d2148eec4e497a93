'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { Host, check } = require('./harness')
const { fixture, compiles } = require('./harness/runtime')

const needs = { kind: 'one', ...(compiles ? {} : { lacks: 'its manifest does not say that it compiles' }) }

/** Lets a host compile the package of a fixture; resolves with its answer and the target. */
async function compile (host, name) {
  const target = path.join(host.directory, 'compiled')
  host.tell({ type: 'compile', directory: fixture(name).directory, target })
  return { ...await host.message('compiled', undefined, 60), target }
}

check('compiles a package without running it, and says how many files', { fixtures: ['load-exits'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  const { files, target } = await compile(host, 'load-exits')
  assert.ok(Number.isInteger(files) && files >= 0, String(files))
  assert.equal(fs.existsSync(target), files > 0)
  await host.ping()
  assert.equal(host.output.text, '')
})

check('a package that is not there is compiled to nothing', { fixtures: ['echo'], ...needs }, async (t) => {
  const host = await Host.boot(t)
  host.tell({ type: 'compile', directory: path.join(host.directory, 'nowhere'), target: path.join(host.directory, 'compiled') })
  assert.equal((await host.message('compiled')).files, 0)
})

check('a compiled file that is not there, or is none, harms no load', { fixtures: ['echo'], ...needs }, async (t) => {
  for (const text of [null, '', 'no such thing'.repeat(1000)]) {
    const host = await Host.boot(t)
    const file = path.join(host.directory, 'compiled')
    if (text !== null) fs.writeFileSync(file, text)
    const sandbox = await host.load('echo', { compiled: { [fixture('echo').directory]: file } })
    assert.equal(sandbox.answer.type, 'loaded', JSON.stringify(sandbox.answer))
    assert.equal((await sandbox.get('/a')).body, 'GET /a\n')
  }
})
