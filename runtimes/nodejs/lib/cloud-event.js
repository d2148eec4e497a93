'use strict'

const { isJSON, mediaType, parseJSON } = require('./body')
const { adapter } = require('./event')
const { Problem } = require('./problem')
const { encode } = require('./reply')

// CloudEvents 1.0.2: core specification, JSON format, HTTP protocol binding.
const structured = 'application/cloudevents+json'
const required = ['specversion', 'id', 'source', 'type']
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** A CloudEvent that the handler returns goes back in the mode of the one that came. */
const cloudEventHandler = adapter((request, bytes) => {
  const { type, charset } = mediaType(request.headers['content-type'])
  const isStructured = type === structured
  if (!isStructured && type.startsWith('application/cloudevents')) throw unsupported(type)
  const argument = isStructured ? fromJSON(bytes, charset) : fromHeaders(request.headers, bytes)
  return { argument, answer: (value) => isCloudEvent(value) ? respond(value, isStructured) : value }
})

function unsupported (type) {
  const what = type.startsWith('application/cloudevents-batch') ? 'Batches of CloudEvents are not taken' : `'${type}' is not understood`
  return new Problem(415, `${what}; send one CloudEvent at a time, as ${structured} or with ce- headers.`)
}

function fromJSON (bytes = Buffer.alloc(0), charset) {
  const event = parseJSON(bytes, charset, 'The CloudEvent')
  if (event === null || typeof event !== 'object' || Array.isArray(event)) throw new Problem(400, 'The CloudEvent is no JSON object.')
  const { data, data_base64: encoded, ...attributes } = event
  for (const name of Object.keys(attributes)) if (attributes[name] === null) delete attributes[name]
  check(attributes, (name) => `attribute '${name}'`)
  if (encoded === undefined || encoded === null) return data === undefined ? attributes : { ...attributes, data }
  if (data !== undefined) throw new Problem(400, "The CloudEvent has both 'data' and 'data_base64'.")
  if (typeof encoded !== 'string' || !/^[A-Za-z\d+/]*={0,2}$/.test(encoded)) throw new Problem(400, "The CloudEvent's 'data_base64' is not Base64.")
  return { ...attributes, data: Buffer.from(encoded, 'base64') }
}

function fromHeaders (headers, bytes) {
  const event = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) event[name.slice(3)] = decode(name, value)
  }
  if (Object.keys(event).length === 0) {
    throw new Problem(400, `The request is no CloudEvent: it has neither ce- headers (ce-${required.join(', ce-')}) nor Content-Type ${structured}.`)
  }
  check(event, (name) => `header 'ce-${name}'`)
  if (headers['content-type'] !== undefined) event.datacontenttype = headers['content-type']
  if (bytes !== undefined) event.data = dataOf(bytes, event.datacontenttype)
  return event
}

function dataOf (bytes, contentType) {
  const { type, charset } = mediaType(contentType)
  if (isJSON(type)) return parseJSON(bytes, charset, "The CloudEvent's data")
  return type.startsWith('text/') ? bytes.toString() : bytes
}

/** @param place says where an attribute is looked for. */
function check (event, place) {
  const wrong = fault(event, place)
  if (wrong) throw new Problem(400, `The CloudEvent ${wrong}.`)
}

function fault (event, place) {
  for (const name of required) {
    if (event[name] === undefined) return `has no ${place(name)}`
    if (typeof event[name] !== 'string' || event[name] === '') return `has a ${place(name)} that is no text, or empty`
  }
  if (event.specversion !== '1.0') return `is of specversion '${event.specversion}'; 1.0 is expected`
  if (event.time !== undefined && !(typeof event.time === 'string' && dateTime.test(event.time))) {
    return `has a ${place('time')} that is not of the form 2006-01-02T15:04:05Z (RFC 3339)`
  }
  for (const [name, value] of Object.entries(event)) {
    if (!/^[a-z\d]+$/.test(name)) return `has the ${place(name)}; names are of lower-case letters and digits`
    if (!['string', 'boolean'].includes(typeof value) && !Number.isInteger(value)) return `has a ${place(name)} that is neither text, whole number nor boolean`
  }
}

function isCloudEvent (value) {
  return value !== null && typeof value === 'object' && value.specversion !== undefined
}

function respond (answer, isStructured) {
  const { data, ...given } = typeof answer.toJSON === 'function' ? answer.toJSON() : answer
  const { data_base64: encoded, ...event } = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null))
  if (event.time instanceof Date) event.time = event.time.toISOString()
  const wrong = fault(event, (name) => `attribute '${name}'`)
  if (wrong) throw new TypeError(`The CloudEvent that the handler returned ${wrong}.`)
  const content = encoded === undefined ? data : Buffer.from(encoded, 'base64')
  return isStructured ? asJSON(event, content) : asHeaders(event, content)
}

function asJSON (event, data) {
  const isBinary = data instanceof Uint8Array
  const body = isBinary ? { ...event, data_base64: Buffer.from(data).toString('base64') } : { ...event, data }
  return { statusCode: 200, headers: { 'content-type': `${structured}; charset=utf-8` }, body }
}

function asHeaders ({ datacontenttype, ...event }, data) {
  const headers = {}
  for (const [name, value] of Object.entries(event)) headers[`ce-${name}`] = percentEncode(String(value))
  const asText = typeof data === 'string' && datacontenttype !== undefined && !isJSON(mediaType(datacontenttype).type)
  const isRaw = data === undefined || data instanceof Uint8Array || asText
  const body = isRaw ? data : JSON.stringify(data)
  const type = datacontenttype ?? (isRaw ? encode(data).type : 'application/json')
  if (type) headers['content-type'] = type
  return { statusCode: 200, headers, body: body ?? '' }
}

/** Header values of the HTTP binding, section 3.1.3.2. */
function percentEncode (text) {
  return text.replace(/[^\x21-\x7e]|["%]/gu, (character) => {
    return Array.from(Buffer.from(character), (byte) => '%' + byte.toString(16).toUpperCase().padStart(2, '0')).join('')
  })
}

function decode (name, value) {
  const text = /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
  try {
    return text.replace(/(?:%[\da-f]{2})+/gi, decodeURIComponent)
  } catch {
    throw new Problem(400, `The header '${name}' is not percent-encoded UTF-8.`)
  }
}

module.exports = { cloudEventHandler }
