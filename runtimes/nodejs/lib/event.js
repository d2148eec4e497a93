'use strict'

const { isJSON, mediaType, parseJSON, read } = require('./body')
const { Context } = require('./context')
const { Problem } = require('./problem')
const { reply } = require('./reply')

/**
 * What makes a handler `(argument, context)` serve requests.
 * @param decode `(request, bytes, context)` → `{argument, answer}`; `answer` turns what the handler returns into a reply.
 */
function adapter (decode) {
  return (handler, about) => async (request, response, invocation) => {
    const bytes = await read(request)
    // Its time may have run out while the body was on its way.
    if (response.writableEnded) return
    const context = new Context(invocation, about)
    const { argument, answer = (value) => value } = decode(request, bytes, context)
    reply(response, answer(await handler(argument, context)))
  }
}

/** The event is the JSON of the body, or the request itself where there is no body. */
const eventHandler = adapter((request, bytes, { method, path, query, headers }) => ({
  argument: bytes === undefined ? { method, path, query, headers } : parse(bytes, headers['content-type'])
}))

function parse (bytes, contentType) {
  const { type, charset } = mediaType(contentType)
  // Without a type the body speaks for itself.
  if (type !== '' && !isJSON(type)) throw new Problem(415, `Content-Type is '${type}'; the body of an event is JSON (application/json).`)
  return parseJSON(bytes, charset)
}

module.exports = { adapter, eventHandler }
