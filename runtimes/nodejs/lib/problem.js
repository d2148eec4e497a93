'use strict'

const { STATUS_CODES } = require('node:http')

/** What a request is answered that cannot be served: a status, and a sentence for whoever sent it. */
class Problem extends Error {
  constructor (status, detail, headers = {}) {
    super(detail)
    this.status = status
    this.headers = headers
  }

  /** Answers with it; nothing of an answer that had been prepared is left. */
  send (response) {
    const body = JSON.stringify({
      type: 'about:blank', title: STATUS_CODES[this.status], status: this.status, detail: this.message
    })
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    response.writeHead(this.status, {
      ...this.headers,
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body)
    })
    response.end(body)
  }
}

module.exports = { Problem }
