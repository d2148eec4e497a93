'use strict'

/** Whether anybody is connected to a server, and since when nobody is. */
class Activity {
  #connections = 0
  #since = process.uptime()

  /** @param server any `net.Server`. */
  follow (server) {
    server.on('connection', (socket) => {
      this.#connections++
      socket.once('close', () => {
        this.#connections--
        this.#since = process.uptime()
      })
    })
  }

  get connections () { return this.#connections }

  /** What the shim is told: `idleSeconds` is 0 while there is a connection. */
  get report () {
    const connections = this.#connections
    return { connections, idleSeconds: connections > 0 ? 0 : process.uptime() - this.#since }
  }
}

module.exports = { Activity }
