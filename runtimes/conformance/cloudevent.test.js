'use strict'

const assert = require('node:assert/strict')
const { check, serve } = require('./harness')

const event = { specversion: '1.0', id: '1', source: '/s', type: 't' }
const header = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }
const json = { 'content-type': 'application/json' }
const structured = { 'content-type': 'application/cloudevents+json' }
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))
const post = (body, headers) => ({ method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, body })

/** What the fixture says that it got; null and absent are the same here. */
function seen (data) {
  const { id, source, type, subject = null, mine = null, data: content = null } = data
  return { id, source, type, subject, mine, data: content }
}
const got = (more) => seen({ ...event, ...more })

check('cloudevent: binary mode, and the answer in it', { fixtures: ['cloudevent'] }, async (t) => {
  const sandbox = await serve(t, 'cloudevent')
  const rows = [
    ['JSON', post('{"a":1}', { ...header, ...json }), { data: { a: 1 } }],
    ['text', post('hi', { ...header, 'content-type': 'text/plain' }), { data: 'hi' }],
    ['no data', { method: 'POST', headers: header }, {}],
    ['attributes', { method: 'POST', headers: { ...header, 'ce-time': '2024-02-03T04:05:06.7+01:00', 'ce-subject': 'Euro%20%E2%82%AC', 'ce-mine': 'm' } },
      { subject: 'Euro €', mine: 'm' }]
  ]
  for (const [title, options, expected] of rows) {
    const { status, headers, body } = await sandbox.get('/', options)
    assert.equal(status, 200, `${title}: ${body}`)
    const attributes = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-')))
    assert.deepEqual(attributes,
      { 'ce-specversion': '1.0', 'ce-id': 'answer-1', 'ce-source': '/conformance', 'ce-type': 'answer', 'ce-subject': '%C3%A9%25' }, title)
    assert.equal(headers['content-type'], 'application/json', title)
    assert.deepEqual(seen(JSON.parse(body)), got(expected), title)
  }
})

check('cloudevent: structured mode, and the answer in it', { fixtures: ['cloudevent'] }, async (t) => {
  const sandbox = await serve(t, 'cloudevent')
  const rows = [
    ['data', { data: [1], subject: 'é' }, { data: [1], subject: 'é' }],
    ['no data', { subject: null }, {}],
    ['a charset', { data: 'text' }, { data: 'text' }]
  ]
  for (const [title, more, expected] of rows) {
    const type = title === 'a charset' ? 'application/cloudevents+json; charset=utf-8' : structured['content-type']
    const { status, headers, body } = await sandbox.get('/', post(JSON.stringify({ ...event, ...more }), { 'content-type': type }))
    assert.equal(status, 200, `${title}: ${body}`)
    assert.match(headers['content-type'], /^application\/cloudevents\+json; ?charset=utf-8$/i, title)
    const { data, ...attributes } = JSON.parse(body)
    assert.deepEqual(attributes, { specversion: '1.0', id: 'answer-1', source: '/conformance', type: 'answer', subject: 'é%' }, title)
    assert.deepEqual(seen(data), got(expected), title)
  }
})

check('cloudevent: what is none is refused before the handler', { fixtures: ['cloudevent'] }, async (t) => {
  const sandbox = await serve(t, 'cloudevent')
  const rows = [
    ['nothing of one', post('{}', {}), 400, 'ce-'],
    ...Object.keys(event).map((name) => [`binary without ${name}`, { method: 'POST', headers: without(header, `ce-${name}`) }, 400, `ce-${name}`]),
    ...Object.keys(event).map((name) => [`structured without ${name}`, post(JSON.stringify(without(event, name)), structured), 400, name]),
    ['an empty id', post(JSON.stringify({ ...event, id: '' }), structured), 400, 'id'],
    ['an id that is no text', post(JSON.stringify({ ...event, id: 1 }), structured), 400, 'id'],
    ['another version', { method: 'POST', headers: { ...header, 'ce-specversion': '0.3' } }, 400, '0.3'],
    ['a bad time', { method: 'POST', headers: { ...header, 'ce-time': 'noon' } }, 400, 'ce-time'],
    ['a bad name', post(JSON.stringify({ ...event, Mine: 1 }), structured), 400, 'Mine'],
    ['a bad value', post(JSON.stringify({ ...event, mine: {} }), structured), 400, 'mine'],
    ['two kinds of data', post(JSON.stringify({ ...event, data: 1, data_base64: 'aGk=' }), structured), 400, 'data_base64'],
    ['no Base64', post(JSON.stringify({ ...event, data_base64: '*' }), structured), 400, 'Base64'],
    ['no JSON', post('{', structured), 400, 'JSON'],
    ['no body', post('', structured), 400, 'JSON'],
    ['no object', post('[]', structured), 400, 'JSON object'],
    ['data that is no JSON', post('{', { ...header, ...json }), 400, 'JSON'],
    ['a bad escape', { method: 'POST', headers: { ...header, 'ce-subject': '%ff' } }, 400, 'ce-subject'],
    ['a batch', post('[]', { 'content-type': 'application/cloudevents-batch+json' }), 415, 'atch'],
    ['another format', post('<e/>', { 'content-type': 'application/cloudevents+xml' }), 415, 'application/cloudevents+xml']
  ]
  for (const [title, options, status, detail] of rows) {
    const answer = await sandbox.get('/', options)
    assert.equal(answer.status, status, `${title}: ${answer.body}`)
    assert.equal(answer.headers['content-type'], 'application/problem+json', title)
    assert.ok(JSON.parse(answer.body).detail.includes(detail), `${title}: ${answer.body}`)
  }
})
