'use strict'

const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { LoadFailure, fromModule } = require('./failure')

const endings = ['.js', '.cjs', '.mjs', '/index.js', '/index.cjs', '/index.mjs']

/**
 * Finds the function that `handler` (`module.export`) names under `directory`.
 * @throws {LoadFailure} when there is none; whatever the function's own code throws.
 */
async function load ({ directory, handler }) {
  const { module, exports } = parse(handler)
  const file = find(directory, module)
  process.argv[1] = file
  const found = pick(await evaluate(file), exports, { file: path.relative(directory, file), handler })
  if (typeof found === 'function') return found
  throw new LoadFailure('HandlerNotAFunction',
    `${path.relative(directory, file)} exports '${exports.join('.')}' as ${kind(found)}; a function (req, res) is expected.`)
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

function find (directory, module) {
  const base = path.resolve(directory, module)
  const inside = base === directory || base.startsWith(directory + path.sep)
  const file = inside ? endings.map((ending) => base + ending).find(isFile) : undefined
  if (file) return file
  throw new LoadFailure('HandlerNotFound',
    `The package has no module '${module}' (looked for ${module}.js, .cjs, .mjs); it holds: ${listing(directory)}.`)
}

function isFile (file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

async function evaluate (file) {
  if (!isModule(file)) {
    try {
      return createRequire(file)(file)
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ESM') throw error
    }
  }
  const url = pathToFileURL(file).href
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

function pick (namespace, exports, { file, handler }) {
  // `export default {handler}` reads like `module.exports = {handler}`.
  for (const root of [namespace, namespace?.default]) {
    const found = exports.reduce((value, name) => value?.[name], root)
    if (found !== undefined) return found
  }
  const names = Object.keys(Object(namespace)).slice(0, 20).join(', ') || 'nothing'
  throw new LoadFailure('HandlerNotFound', `${file} has no export '${exports.join('.')}' (handler '${handler}'); it exports: ${names}.`)
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

module.exports = { load, parse }
