'use strict'

const { Arrivals } = require('./wait')

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (stdout|stderr) ([FP]):(debug|info|warn|error)(?::(\S+))? (.*)$/

/** What came out of one pipe. */
class Log {
  #arrivals = new Arrivals()
  #bytes = []
  hasEnded = false

  /** Takes an event of the pipe from shim.py. */
  happened ({ event, data }) {
    if (event === 'silent') this.hasEnded = true; else this.#bytes.push(Buffer.from(data, 'base64'))
    this.#arrivals.wake()
  }

  get text () { return Buffer.concat(this.#bytes).toString() }

  /** Its whole lines, parsed; one that has not the form is `{text}`. */
  get lines () {
    return this.text.split('\n').slice(0, -1).map((line) => {
      const found = form.exec(line)
      if (!found) return { text: line }
      const [, time, stream, part, level, id = null, text] = found
      return { time, stream, part, level, id, text }
    })
  }

  /** Waits until something that matches is in it. */
  shows (pattern, seconds = 10) {
    return this.#arrivals.until(() => pattern.test(this.text), seconds, () => `the log has nothing like ${pattern}: ${this.text}`)
  }

  /** Waits until nobody can write to it any more. */
  ends (seconds = 10) {
    return this.#arrivals.until(() => this.hasEnded, seconds, () => 'the log is still open for writing')
  }
}

module.exports = { Log }
