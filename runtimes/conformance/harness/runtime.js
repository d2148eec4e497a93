'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const name = process.env.NEST_RUNTIME ?? 'nodejs'
const directory = path.resolve(__dirname, '..', '..', name)
const manifest = JSON.parse(fs.readFileSync(path.join(directory, 'runtime.json')))
const isShared = manifest.sandboxes === 'many'
/** Whether its hosts know the message `preload`. */
const preloads = manifest.preloads === true
/** The same of `compile`. */
const compiles = manifest.compiles === true

/** What the host is started with; a pool's own arguments, which win over the runtime's options, would stand between. */
function command () {
  const { program, options = [], arguments: rest = [] } = manifest
  return [find(program), ...[...options, ...rest].map(filled)]
}

/** What the runtime adds to the environment of its host. */
function environment () {
  return Object.fromEntries(Object.entries(manifest.environment ?? {}).map(([name, value]) => [name, filled(value)]))
}

function filled (text) { return text.replaceAll('${runtime}', directory) }

function find (program) {
  const found = process.env.PATH.split(path.delimiter).map((it) => path.join(it, program)).find((it) => fs.existsSync(it))
  if (!found) throw new Error(`no ${program} in PATH: the runtime '${name}' needs it`)
  return found
}

const fixtures = JSON.parse(fs.readFileSync(path.join(directory, 'conformance', 'fixtures.json')))

/** What of a `load` belongs to a fixture, with absolute directories; or why the runtime `lacks` it. */
function fixture (name) {
  const { directory: folder, layers = [], ...order } = fixtures[name]
  if (order.lacks) return order
  const at = (it) => path.join(directory, 'conformance', it)
  return { directory: at(folder), layers: layers.map(at), ...order }
}

/**
 * A test of the hosts that can take it; what a runtime cannot do is skipped, with its reason.
 * @param needs the names of its fixtures, and of which `kind` of host it is: 'one', 'many' or, without it, both;
 * `lacks`: why the runtime cannot do it, where that is known otherwise.
 */
function check (title, { fixtures: names = [], kind, lacks }, body) {
  test(title, { skip: lacks ?? reasonToSkip(names, kind) }, body)
}

function reasonToSkip (names, kind) {
  if (kind !== undefined && kind !== manifest.sandboxes) return `for hosts of ${kind === 'one' ? 'one sandbox' : 'many sandboxes'}`
  for (const name of names) {
    if (!fixtures[name]) throw new Error(`fixtures.json of the runtime has no '${name}': give it, or a reason as {"lacks": …}`)
    if (fixtures[name].lacks) return fixtures[name].lacks
  }
  return false
}

module.exports = { check, command, environment, fixture, isShared, preloads, compiles }
