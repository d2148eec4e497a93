'use strict'

// The fixtures of signature http that fail at nothing; what each does is in runtimes/conformance/README.md.

const text = { 'content-type': 'text/plain; charset=utf-8' }

async function bodyOf (request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString()
}

exports.echo = async (request, response) => {
  const body = await bodyOf(request)
  const headers = { ...text, 'x-seen': request.headers['x-sent'] ?? 'nothing' }
  response.writeHead(200, headers).end(`${request.method} ${request.url}\n${body}`)
}

let now = 0
let most = 0

exports.hold = async (request, response) => {
  most = Math.max(most, ++now)
  console.log('began', request.url)
  try {
    await bodyOf(request)
  } finally {
    now--
  }
  response.writeHead(200, text).end(`${request.url} ${most}`)
}

exports.stream = async (request, response) => {
  response.writeHead(200, text)
  response.write('one\n')
  await bodyOf(request)
  response.end('two\n')
}

exports.sleeps = async (request, response) => {
  await new Promise((resolve) => setTimeout(resolve, Number(request.url.slice(1))))
  response.writeHead(200, text).end('slept')
}

let count = 0

exports.state = (request, response) => response.writeHead(200, text).end(String(++count))

exports.environment = (request, response) => {
  const lines = Object.entries(process.env).map(([name, value]) => `${name}=${value}\n`)
  response.writeHead(200, text).end(lines.sort().join(''))
}
