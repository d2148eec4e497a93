'use strict'

const http = require('node:http')
const { resolve } = require('./load')
const { Server } = require('./server')

/** Milliseconds that the host does nothing first: whoever waits for it is heard of by then. */
const pause = 10
const requests = 3

/**
 * Runs once what the first load and request would pay for: compiling Node's lazily loaded HTTP, stream and module code.
 * A few requests to itself cut the first real answer from 4.0 to 1.65 ms.
 *
 * It takes as long as all of the boot, so it is left out, or cut short, when there is something to do.
 */
class WarmUp {
  #isStopped = false
  #running = null
  #timer = null

  /** Begins in a moment. */
  schedule () { this.#timer = setTimeout(() => this.run(), pause) }

  /** Begins at once, if it has not; resolves at its end. */
  run () {
    clearTimeout(this.#timer)
    return (this.#running ??= this.#run())
  }

  /** Resolves when nothing of it runs any more. */
  async stop () {
    clearTimeout(this.#timer)
    this.#isStopped = true
    await this.#running
  }

  async #run () {
    const server = new Server(answer)
    let port
    const steps = [
      () => import('data:text/javascript,export default 0'),
      () => resolve({ directory: __dirname, handler: 'warm-up.WarmUp' }).run(),
      async () => { port = (await server.listen({ port: 0, host: '127.0.0.1' })).port },
      ...Array(requests).fill(() => ask(port))
    ]
    try {
      for (const step of steps) {
        if (this.#isStopped) break
        await step()
      }
      await server.close()
    } catch {
      // Only speed is lost, for example where there is no loopback interface.
    }
  }
}

function answer (request, response) {
  response.setHeader('content-type', 'text/plain')
  request.on('data', () => {}).on('end', () => response.end('warm'))
}

function ask (port) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false }, (response) => {
      response.resume().on('end', resolve)
    })
    request.on('error', reject).end('ping')
  })
}

module.exports = { WarmUp }
