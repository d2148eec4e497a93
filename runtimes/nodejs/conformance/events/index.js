'use strict'

exports.event = async (event) => ({ event })

exports.context = async (event, context) => {
  const { requestId, traceparent, method, path, function: about } = context
  const left = context.getRemainingTimeMs()
  return { requestId, traceparent, method, path, function: about.name, isTimed: left > 0 && left <= 30_000 }
}

const answers = {
  nothing: undefined,
  text: 'text €',
  bytes: Buffer.from([0, 1, 255]),
  object: { a: [1, true, null, 'é'] },
  answer: { statusCode: 201, headers: { 'X-Own': 'yes', 'content-type': 'text/html' }, body: '<p>' }
}

exports.gives = async ({ kind }) => answers[kind]

exports.failing = async () => { throw new Error('secret 42') }

exports.cloudEvent = async ({ id, source, type, subject, mine, data }) => ({
  specversion: '1.0', id: 'answer-1', source: '/conformance', type: 'answer', subject: 'é%', data: { id, source, type, subject, mine, data }
})
