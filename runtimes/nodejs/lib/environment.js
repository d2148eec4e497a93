'use strict'

/** The most names of variables that are told of, and the longest. */
const most = 500
const longest = 100
/** What Node itself looks at while it loads a module. */
const ofNode = new Set(['WATCH_REPORT_DEPENDENCIES'])

/** Leaves nothing of what was there before in `process.env`. */
function replaceEnvironment (env) {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
}

/** Sees which variables of `process.env` are read and written until its end. */
class EnvironmentWatch {
  #real = process.env
  #read = new Set()
  #isOver = false
  /** What was written, which is done again to another environment; undefined: it was deleted. */
  written = new Map()

  constructor () {
    const note = (name) => {
      if (!this.#isOver && typeof name === 'string' && !this.written.has(name) && !ofNode.has(name)) this.#read.add(name)
    }
    const write = (name, value) => {
      if (!this.#isOver) this.written.set(name, value)
      return true
    }
    // Who keeps the object that it gets sees the real one through it for ever.
    process.env = new Proxy(this.#real, {
      get: (env, name) => {
        note(name)
        return env[name]
      },
      has: (env, name) => {
        note(name)
        return name in env
      },
      set: (env, name, value) => {
        env[name] = value
        return write(name, env[name])
      },
      defineProperty: (env, name, descriptor) => Reflect.defineProperty(env, name, descriptor) && write(name, env[name]),
      deleteProperty: (env, name) => delete env[name] && write(name, undefined)
    })
  }

  end () {
    this.#isOver = true
    process.env = this.#real
  }

  /**
   * Those that were asked for by their names before they were written: with another value of them the modules might
   * have become others.
   */
  get names () { return [...this.#read].filter((name) => name.length <= longest).slice(0, most) }

  /** Writes again what was written. */
  repeat () {
    for (const [name, value] of this.written) {
      if (value === undefined) delete process.env[name]; else process.env[name] = value
    }
  }
}

module.exports = { EnvironmentWatch, replaceEnvironment }
