'use strict'

const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const vm = require('node:vm')
const zlib = require('node:zlib')

/**
 * Bytes of what is kept of one package, and of one file that is looked at; files of one package; bytes that are worth it; bytes that are
 * read at once.
 */
const limits = { bytes: 64 << 20, fileBytes: 4 << 20, files: 20_000, leastSource: 128 << 10, readAhead: 4 << 20 }
const names = ['exports', 'require', 'module', '__filename', '__dirname']
/** Whether Node has what is needed here; else nothing is made or used. */
const isAble = typeof zlib.crc32 === 'function'
const about = { version: process.version, v8: process.versions.v8, arch: process.arch }

/** As Node itself compiles a CommonJS module. */
function compile (content, filename, more) {
  return vm.compileFunction(content, names, { filename, ...more })
}

/**
 * Compiles the scripts of a package without running any, and writes what V8 has made of them to a file.
 *
 * The file: the length of an index (4 bytes, little-endian), the index as JSON, and the data. The index has what made it, the
 * name of the package's directory, which is its digest, and for each file its place in the data and the sum of its source: V8 looks at
 * no more than the length, and a function may have modules translated when they are loaded.
 * @returns `{files, bytes}`: nothing is written where it is not worth it.
 */
function make (directory, target) {
  const index = { ...about, package: path.basename(directory), files: {} }
  const parts = []
  let bytes = 0
  let source = 0
  for (const file of scripts(directory)) {
    const found = isAble && compiled(file)
    if (!found) continue
    if (bytes + found.data.length > limits.bytes) break
    index.files[path.relative(directory, file)] = [bytes, found.data.length, found.sum]
    parts.push(found.data)
    bytes += found.data.length
    source += found.length
  }
  if (source < limits.leastSource) return { files: 0, bytes: 0 }
  const head = Buffer.from(JSON.stringify(index))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  const whole = [length, head, ...parts]
  fs.writeFileSync(target, Buffer.concat(whole), { mode: 0o600, flag: 'wx' })
  return { files: parts.length, bytes: whole.reduce((sum, it) => sum + it.length, 0) }
}

/** What V8 has made of a file; null where it is no script that can be kept, as ES modules are none. */
function compiled (file) {
  try {
    if (fs.statSync(file).size > limits.fileBytes) return null
    const content = text(fs.readFileSync(file, 'utf8'))
    // A script that V8 has from its cache cannot import() any more.
    if (/\bimport\s*[(./]/.test(content)) return null
    const { cachedData } = compile(content, file, { produceCachedData: true })
    return cachedData ? { data: cachedData, length: content.length, sum: zlib.crc32(content) } : null
  } catch {
    return null
  }
}

/** As Node's loader hands it to the compiler. */
function text (content) { return content.charCodeAt(0) === 0xfeff ? content.slice(1) : content }

/** The scripts below a directory, in the order of their names; links are not followed. */
function scripts (directory) {
  const found = []
  const look = (folder) => {
    for (const entry of entries(folder)) {
      if (found.length >= limits.files) return
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) look(file)
      else if (entry.isFile() && /\.c?js$/.test(entry.name)) found.push(file)
    }
  }
  look(directory)
  return found
}

function entries (folder) {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

/** What is kept of one package, read as it is needed. */
class Cache {
  #directory
  #file
  #start
  #base
  #files = {}

  /** @throws where there is none, or it is another package's or another version's. */
  constructor (directory, file) {
    this.#directory = directory
    this.#file = fs.openSync(file, 'r')
    // Most are small: one read instead of one for each module.
    const bytes = Buffer.allocUnsafeSlow(Math.min(fs.fstatSync(this.#file).size, limits.readAhead))
    this.#start = bytes.subarray(0, fs.readSync(this.#file, bytes, 0, bytes.length, 0))
    const length = this.#read(0, 4).readUInt32LE(0)
    const index = JSON.parse(this.#read(4, length))
    const isOurs = index.package === path.basename(directory) && Object.entries(about).every(([name, value]) => index[name] === value)
    if (!isOurs) throw new Error('it was made of something else')
    this.#base = 4 + length
    this.#files = Object.assign(Object.create(null), index.files)
  }

  /** The data of a file with that content. */
  get (filename, content) {
    if (!filename.startsWith(this.#directory + path.sep)) return null
    const [offset, bytes, sum] = this.#files[filename.slice(this.#directory.length + 1)] ?? []
    return bytes > 0 && sum === zlib.crc32(content) ? this.#read(this.#base + offset, bytes) : null
  }

  #read (position, length) {
    if (position + length <= this.#start.length) return this.#start.subarray(position, position + length)
    const bytes = Buffer.allocUnsafe(Math.min(length, limits.bytes))
    if (fs.readSync(this.#file, bytes, 0, length, position) !== length) throw new Error('it is cut')
    return bytes
  }
}

/**
 * Lets `require` take what was compiled before, by the directory of each package. V8 itself refuses what does not fit; then, and for all
 * else, modules are compiled as ever.
 * @returns counts of what was taken and refused.
 */
function use (files) {
  const counts = { used: 0, rejected: 0 }
  const caches = Object.entries(files ?? {}).flatMap(([directory, file]) => {
    try {
      return [new Cache(directory, file)]
    } catch {
      return []
    }
  })
  if (caches.length === 0 || !isAble) return counts
  const original = Module.prototype._compile
  Module.prototype._compile = function (content, filename, ...rest) {
    const run = prepared(caches, content, filename, counts)
    if (!run) return original.call(this, content, filename, ...rest)
    return Reflect.apply(run, this.exports, [this.exports, requireOf(this), this, filename, path.dirname(filename)])
  }
  return counts
}

/** What Node gives a module as its `require`. */
function requireOf (module) {
  const require = function require (id) { return module.require(id) }
  require.resolve = function resolve (request, options) { return Module._resolveFilename(request, module, false, options) }
  require.resolve.paths = function paths (request) { return Module._resolveLookupPaths(request, module) }
  return Object.assign(require, { main: process.mainModule, extensions: Module._extensions, cache: Module._cache })
}

function prepared (caches, content, filename, counts) {
  try {
    for (const cache of caches) {
      const cachedData = cache.get(filename, content)
      if (!cachedData) continue
      const run = compile(content, filename, { cachedData })
      if (run.cachedDataRejected) counts.rejected++; else counts.used++
      return run
    }
  } catch {
    // As if there were none: Node says what is wrong with the module.
  }
  return null
}

module.exports = { make, use }
