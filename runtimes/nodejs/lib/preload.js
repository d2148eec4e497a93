'use strict'

const fs = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { pathToFileURL } = require('node:url')
const { EnvironmentWatch, replaceEnvironment } = require('./environment')
const { crash } = require('./failure')
const { importFromLayers, requireFromLayers } = require('./layers')

/** What is said of modules that are skipped: how many of them, and how much of each. */
const most = 20
const longest = 300
/** How long an ES module may wait for something. */
const patience = 5000

/** Loads the modules of layers into this process, which has no function yet. */
class Preloader {
  #skipped = []
  #environment = null
  #layers = []
  #imports = false
  #late = null
  #alive = null

  /** Resolves with what there is to say of it. Never rejects: what does not load is skipped. */
  async run ({ layers, env = {} }) {
    this.#layers = layers
    const folders = layers.map((layer) => fs.realpathSync(layer))
    replaceEnvironment({ ...env, NEST_LAYERS: layers.join(path.delimiter) })
    requireFromLayers()
    // The channel is out of sight, and no longer what keeps the process alive.
    this.#alive = setInterval(() => {}, 1 << 30)
    const before = new Set(Object.keys(require.cache))
    this.#environment = new EnvironmentWatch()
    const exit = process.exit
    process.exit = () => { throw new Error('it called process.exit') }
    const late = (error) => { this.#late ??= error }
    process.on('uncaughtException', late)
    let imported = 0
    try {
      for (const layer of layers) {
        const { names, isWanted } = entries(layer)
        for (const name of names) imported += await this.#load(layer, name, isWanted)
      }
    } finally {
      process.off('uncaughtException', late)
      process.exit = exit
      this.#environment.end()
    }
    const loaded = Object.keys(require.cache).filter((file) => !before.has(file) && folders.some((it) => file.startsWith(it + path.sep)))
    return { modules: loaded.length + imported, skipped: this.#skipped.slice(0, most), env: this.#environment.names }
  }

  /** A function is loaded: what its modules did to the environment is done to its own. */
  handOver () {
    clearInterval(this.#alive)
    this.#environment?.repeat()
  }

  /**
   * @param isWanted somebody has named it, so it is worth a word when it is not there.
   * @returns how many ES modules it has imported itself.
   */
  async #load (layer, name, isWanted) {
    let imported = 0
    try {
      imported = await this.#evaluate(layer, name, isWanted)
      // What it leaves to be done at once belongs to it, too.
      await turn()
    } catch (error) {
      this.#late = error
    }
    const error = this.#late
    this.#late = null
    if (error !== null) this.#skip(name, error)
    return imported
  }

  async #evaluate (layer, name, isWanted) {
    const parent = Module.createRequire(path.join(layer, 'index.js'))
    let target = name
    try {
      target = parent.resolve(name)
      parent(target)
      return 0
    } catch (error) {
      // A package of types, or of programs, is nothing to load.
      const isMissing = target === name && error?.code === 'MODULE_NOT_FOUND'
      if (isMissing && !isWanted) return 0
      if (['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error?.code)) target = pathToFileURL(target).href
      else if (target !== name || error?.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error
    }
    await this.#import(target)
    return 1
  }

  async #import (target) {
    if (!this.#imports) importFromLayers(this.#layers)
    this.#imports = true
    let timer
    const limit = new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it still waits for something after ${patience / 1000} s`)), patience)
    })
    try {
      await Promise.race([import(target), limit])
    } finally {
      clearTimeout(timer)
    }
  }

  #skip (name, error) {
    this.#skipped.push({ module: name.slice(0, longest), message: crash(error).message.split('\n')[0].slice(0, longest) })
  }
}

/**
 * What of a layer is loaded: what its package.json lists as `nest.preload`, else as `dependencies`, else each package in
 * its node_modules.
 */
function entries (layer) {
  const { nest, dependencies } = manifest(layer)
  if (Array.isArray(nest?.preload)) return { names: nest.preload.filter((it) => typeof it === 'string'), isWanted: true }
  const named = Object.keys(Object(dependencies))
  if (named.length > 0) return { names: named, isWanted: false }
  const modules = path.join(layer, 'node_modules')
  const names = list(modules).flatMap((name) => {
    return name.startsWith('@') ? list(path.join(modules, name)).map((it) => `${name}/${it}`) : [name]
  })
  return { names, isWanted: false }
}

function manifest (layer) {
  try {
    return Object(JSON.parse(fs.readFileSync(path.join(layer, 'package.json'), 'utf8')))
  } catch {
    return {}
  }
}

/** Names in a directory, without those that npm keeps to itself. */
function list (directory) {
  try {
    return fs.readdirSync(directory).filter((name) => !name.startsWith('.')).sort()
  } catch {
    return []
  }
}

module.exports = { Preloader }
