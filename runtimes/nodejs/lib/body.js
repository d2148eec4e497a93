'use strict'

const { Problem } = require('./problem')

/** The most bytes of a body that a function gets in one piece. */
const limit = 6 << 20

/** What of a body that is too large is read all the same: its client hears why only when it has sent all. */
const patience = 10 * limit

/** The whole body of a request; undefined when it has none. */
async function read (request) {
  const { headers } = request
  const announced = Number(headers['content-length'] ?? 0)
  if (announced === 0 && headers['transfer-encoding'] === undefined) return undefined
  if (announced > patience) throw tooLarge()
  const coding = headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') throw new Problem(415, `Content-Encoding '${coding}' is not understood; send the body as it is.`)
  const parts = []
  let size = 0
  try {
    // Not destroyed at its end: one that is refused in its middle can still be answered.
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      size += part.length
      if (size <= limit) parts.push(part); else parts.length = 0
      if (size > patience) break
    }
  } catch (error) {
    throw error.code === 'ECONNRESET' ? new Problem(400, 'The body ended too early.') : error
  }
  if (size > limit) {
    // The rest goes nowhere, so that the connection can be used again.
    request.resume()
    throw tooLarge()
  }
  return size === 0 ? undefined : Buffer.concat(parts, size)
}

function tooLarge () {
  return new Problem(413, `The body is larger than ${limit >> 20} MiB; a function of signature http can read it as a stream.`)
}

/** `{type, charset}` of a Content-Type, in lower case; the type is '' where there is none. */
function mediaType (value = '') {
  const [type, ...parameters] = value.split(';')
  const charset = parameters.map((it) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(it)?.[1]).find(Boolean)
  return { type: type.trim().toLowerCase(), charset: (charset ?? 'utf-8').toLowerCase() }
}

function isJSON (type) {
  return type === 'application/json' || type === 'text/json' || /^[\w.-]+\/[\w.-]+\+json$/.test(type)
}

/** @param what names the text in the answer to one who sent none. */
function parseJSON (bytes, charset = 'utf-8', what = 'The body') {
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) throw new Problem(415, `Charset '${charset}' is not understood; JSON is sent in UTF-8.`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is not UTF-8'
    throw new Problem(400, `${what} is not JSON: ${why}.`)
  }
}

module.exports = { read, mediaType, isJSON, parseJSON, limit }
