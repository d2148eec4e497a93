'use strict'

const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { LoadFailure, fromModule } = require('./failure')
const { importFromLayers } = require('./layers')

const endings = ['.js', '.cjs', '.mjs', '/index.js', '/index.cjs', '/index.mjs']

/** What a handler of each signature is called with. */
const parameters = { http: '(req, res)', event: '(event, context)', cloudevent: '(cloudEvent, context)' }

/** What `handler` names: `{file, run}`; the signature `server` names a program, the others `module.export`. */
function resolve ({ directory, handler, signature = 'http' }) {
  if (signature === 'server') {
    const file = find(directory, handler, ['', ...endings])
    return { file, run: () => evaluate(file, true) }
  }
  if (!Object.hasOwn(parameters, signature)) {
    throw new LoadFailure('UnsupportedSignature', `Signature '${signature}' is not known; there are ${Object.keys(parameters).join(', ')} and server.`)
  }
  const { module, exports } = parse(handler)
  const file = find(directory, module, endings)
  const name = path.relative(directory, file)
  return { file, run: async () => pick(await evaluate(file, false), exports, { name, handler, signature }) }
}

/** `a/b.c.d` is the module `a/b` and the export `c.d`. */
function parse (handler) {
  const slash = handler.lastIndexOf('/') + 1
  const dot = handler.indexOf('.', slash)
  const exports = handler.slice(dot + 1).split('.')
  if (dot <= slash || exports.includes('')) {
    throw new LoadFailure('HandlerNotFound', `The handler '${handler}' is not of the form module.export, as in index.handler.`)
  }
  return { module: handler.slice(0, dot), exports }
}

function find (directory, module, endings) {
  const base = path.resolve(directory, module)
  const inside = base.startsWith(directory + path.sep)
  const file = inside ? endings.map((ending) => base + ending).find(isFile) : undefined
  if (file) return file
  throw new LoadFailure('ModuleNotFound',
    `The package has no module '${module}' (looked for ${module}.js, .cjs, .mjs); it holds: ${listing(directory)}.`)
}

function isFile (file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

/** @param isMain makes it what `node FILE` makes it: `require.main`. */
async function evaluate (file, isMain) {
  process.argv[1] = file
  if (!isModule(file)) {
    try {
      return isMain ? Module._load(file, null, true) : Module.createRequire(file)(file)
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ESM') throw error
    }
  }
  const url = pathToFileURL(file).href
  importFromLayers()
  try {
    return await import(url)
  } catch (error) {
    throw fromModule(error, url)
  }
}

/** Whether Node would read the file as an ES module: its ending, else the nearest package.json. */
function isModule (file) {
  if (file.endsWith('.mjs')) return true
  if (file.endsWith('.cjs')) return false
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    const manifest = path.join(at, 'package.json')
    if (isFile(manifest)) {
      try {
        return JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module'
      } catch (error) {
        throw new LoadFailure('LoadError', `${path.basename(at)}/package.json is not JSON: ${error.message}`)
      }
    }
    if (at === path.dirname(at)) return false
  }
}

function pick (namespace, exports, { name, handler, signature }) {
  const found = lookUp(namespace, exports)
  if (typeof found === 'function') return found
  if (found !== undefined) {
    throw new LoadFailure('HandlerNotAFunction',
      `${name} exports '${exports.join('.')}' as ${kind(found)}; a function ${parameters[signature]} is expected.`)
  }
  const names = Object.keys(Object(namespace)).slice(0, 20).join(', ') || 'nothing'
  throw new LoadFailure('HandlerNotFound', `${name} has no export '${exports.join('.')}' (handler '${handler}'); it exports: ${names}.`)
}

/** `export default {handler}` reads like `module.exports = {handler}`. */
function lookUp (namespace, exports) {
  for (const root of [namespace, namespace?.default]) {
    const found = exports.reduce((value, name) => value?.[name], root)
    if (found !== undefined) return found
  }
}

function listing (directory) {
  try {
    const names = fs.readdirSync(directory).sort()
    const more = names.length > 20 ? ', …' : ''
    return names.length === 0 ? 'no files' : names.slice(0, 20).join(', ') + more
  } catch (error) {
    return `files that cannot be read (${error.code})`
  }
}

function kind (value) {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

module.exports = { resolve }
