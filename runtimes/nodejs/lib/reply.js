'use strict'

const { Readable, pipeline } = require('node:stream')

/** What is ours to say of an answer. */
const ours = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive'])

/** Answers with what a handler has returned, unless the request has been answered meanwhile. */
function reply (response, value) {
  if (response.writableEnded || response.destroyed) return
  if (!isResponse(value)) return send(response, value === undefined ? 204 : 200, {}, value)
  const { statusCode, headers, body, isBase64Encoded } = value
  send(response, statusCode, headers ?? {}, isBase64Encoded ? Buffer.from(String(body ?? ''), 'base64') : body)
}

function isResponse (value) {
  if (value === null || typeof value !== 'object' || value.statusCode === undefined || isStream(value)) return false
  const { statusCode } = value
  if (Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599) return true
  throw new TypeError(`The handler returned the statusCode ${statusCode}; a whole number from 200 to 599 is expected.`)
}

function isStream (value) {
  return typeof value?.[Symbol.asyncIterator] === 'function' || typeof value?.getReader === 'function'
}

/** A body, with the type that it has when the headers name none. */
function encode (value) {
  if (value === undefined) return {}
  if (typeof value === 'string') return { bytes: Buffer.from(value), type: 'text/plain; charset=utf-8' }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength), type: 'application/octet-stream' }
  if (isStream(value)) return { stream: value, type: 'application/octet-stream' }
  const json = JSON.stringify(value)
  if (json === undefined) throw new TypeError(`The handler returned a ${typeof value}, which JSON cannot express.`)
  return { bytes: Buffer.from(json), type: 'application/json' }
}

function send (response, statusCode, headers, value) {
  const { bytes, stream, type } = encode(value)
  let isTyped = false
  for (const [name, content] of Object.entries(headers)) {
    const key = name.toLowerCase()
    if (ours.has(key) || content === undefined || content === null) continue
    if (key === 'content-type') isTyped = true
    response.setHeader(name, Array.isArray(content) ? content.map(String) : String(content))
  }
  if (!isTyped && (stream || bytes?.length > 0)) response.setHeader('content-type', type)
  response.statusCode = statusCode
  if (!stream) return response.end(bytes)
  // The head goes now: the first piece may be long in coming.
  response.flushHeaders()
  const isPlain = typeof stream.pipe === 'function' && !stream.readableObjectMode
  const source = isPlain ? stream : Readable.from(pieces(stream))
  pipeline(source, response, (error) => {
    if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') console.error(error)
  })
}

/** What a stream may be made of: text and bytes; anything else is a JSON line. */
async function * pieces (stream) {
  for await (const piece of stream) {
    yield typeof piece === 'string' || piece instanceof Uint8Array ? piece : JSON.stringify(piece) + '\n'
  }
}

module.exports = { reply, encode }
