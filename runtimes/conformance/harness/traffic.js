'use strict'

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Clients of the fixture echo that make one request after the other on connections that they keep until they are told to close them. */
class Traffic {
  count = 0
  #failures = []
  #isOver = false
  #clients

  constructor (sandbox, clients) {
    this.#clients = Array.from({ length: clients }, (_, index) => this.#ask(sandbox, index))
  }

  async #ask (sandbox, client) {
    let connection = await sandbox.connect()
    for (let i = 0; !this.#isOver; i++) {
      try {
        connection.write(get(`/${client}/${i}`))
        const { status, head, body } = await connection.answer()
        if (status !== 200 || body !== `GET /${client}/${i}\n`) this.#failures.push(`${status} ${body}`)
        if (/^connection: close\r$/im.test(head)) {
          connection.close()
          connection = await sandbox.connect()
        }
      } catch (error) {
        this.#failures.push(error.message)
        connection.close()
        connection = await sandbox.connect()
      }
      this.count++
    }
    connection.close()
  }

  /** Waits for so many more answers, or a failure. */
  async goesOn (count) {
    const goal = this.count + count
    while (this.count < goal && this.#failures.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  async end () {
    this.#isOver = true
    await Promise.all(this.#clients)
    return this.#failures
  }
}

module.exports = { Traffic }
