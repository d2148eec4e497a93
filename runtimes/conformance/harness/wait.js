'use strict'

/** Rejects, with what `describe` says, when the promise takes longer. */
function within (seconds, promise, describe) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`after ${seconds} s: ${describe()}`)), seconds * 1000)
    // A wait that nobody is interested in any more does not keep the tests from ending.
    timer.unref()
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Values that come one by one, and those who wait for one that matches. */
class Arrivals {
  all = []
  #taken = new Set()
  #waiting = new Set()

  add (value) {
    this.all.push(value)
    this.wake()
  }

  /** Looks again whether somebody's condition holds. */
  wake () { for (const look of this.#waiting) look() }

  /** The first that matches and that nobody has taken; waits for it. */
  take (matches, seconds, describe) {
    return this.until(() => {
      const value = this.all.find((it) => !this.#taken.has(it) && matches(it))
      if (value !== undefined) this.#taken.add(value)
      return value
    }, seconds, describe)
  }

  /** Waits until `condition` gives something else than undefined, null or false; it is asked whenever something comes. */
  until (condition, seconds, describe) {
    let look
    const met = new Promise((resolve, reject) => {
      look = () => {
        try {
          const value = condition()
          if (value === undefined || value === null || value === false) return
          this.#waiting.delete(look)
          resolve(value)
        } catch (error) {
          this.#waiting.delete(look)
          reject(error)
        }
      }
      this.#waiting.add(look)
      look()
    })
    return within(seconds, met, describe).finally(() => this.#waiting.delete(look))
  }
}

module.exports = { Arrivals, within }
