'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const path = require('node:path')
const { test } = require('node:test')
const { Host } = require('./harness')

const server = { signature: 'server' }
const listen = (code) => `require('http').createServer((req, res) => { ${code} }).listen(process.env.PORT)`

const programs = [
  ['CommonJS', { 'index.js': listen('res.end("c")') }, 'index', 'c'],
  ['the name of the file', { 'server.js': listen('res.end("f")') }, 'server.js', 'f'],
  ['in a folder', { 'dist/main.js': listen('res.end("d")') }, 'dist/main', 'd'],
  ['ES module', { 'index.mjs': 'import { createServer } from "node:http"; createServer((q, s) => s.end("m")).listen(process.env.PORT)' }, 'index', 'm'],
  ['top-level await', { 'index.mjs': 'import http from "node:http"; const x = await Promise.resolve("t"); http.createServer((q, s) => s.end(x)).listen({ port: +process.env.PORT, host: "0.0.0.0" }); await new Promise(() => {})' }, 'index', 't'],
  ['only as the main module', { 'index.js': `if (require.main === module) ${listen('res.end("main " + (process.argv[1] === __filename))')}` }, 'index', 'main true'],
  ['later, with address and callback', { 'index.js': 'const s = require("http").createServer((q, r) => r.end(String(seen))); let seen; setTimeout(() => s.listen(process.env.PORT, "::", 10, () => { seen = s.address().port === +process.env.PORT && s.listening }), 20)' }, 'index', 'true'],
  ['files beside it', { 'index.js': 'const fs = require("fs"); fs.writeFileSync("new.txt", fs.readFileSync("./data/a.txt") + "b");' + listen('res.end(fs.readFileSync("new.txt"))'), 'data/a.txt': 'a' }, 'index', 'ab'],
  ['a server without HTTP', { 'index.js': 'require("net").createServer((s) => s.end("HTTP/1.1 200 OK\\r\\nconnection: close\\r\\n\\r\\nraw")).listen(process.env.PORT)' }, 'index', 'raw']
]
for (const [name, files, handler, body] of programs) {
  test(`runs a program: ${name}`, async (t) => {
    const host = new Host(t)
    assert.deepEqual(await host.load(files, handler, server), { type: 'loaded', id: 'one' })
    assert.equal((await host.get()).body, body)
    host.tell({ type: 'stop' })
    assert.deepEqual(await host.ended, { code: 0, signal: null })
  })
}

const wait = 'setTimeout(() => {}, 1e6);'
const failures = [
  ['no module', { 'index.js': '' }, 'main', 'ModuleNotFound', /no module 'main'.*it holds: index\.js/],
  ['another port', { 'index.js': 'require("http").createServer().listen(3000)' }, 'index', 'WrongPort', /listens on port 3000; the one that a sandbox has is process\.env\.PORT \(here \d+\)/],
  ['any port', { 'index.js': 'require("http").createServer().listen()' }, 'index', 'WrongPort', /a port of its own choice \(0\)/],
  ['a unix socket', { 'index.js': 'require("net").createServer().listen("/tmp/x.sock")' }, 'index', 'WrongPort', /the unix socket \/tmp\/x\.sock/],
  ['TLS', { 'index.js': 'require("https").createServer().listen(process.env.PORT)' }, 'index', 'WrongProtocol', /speaks HTTP to it/],
  ['nothing', { 'index.js': '1 + 1' }, 'index', 'NotListening', /^index\.js came to its end and listens on nothing: .* process\.env\.PORT \(here \d+\)\.$/],
  ['nothing, for ever', { 'index.js': wait }, 'index', 'StartupTimeout', /\(startupTimeoutSeconds\) index\.js listens on nothing/],
  ['another port, and hides it', { 'index.js': `${wait} require('http').createServer().on('error', () => {}).listen(8080)` }, 'index', 'StartupTimeout', /it tried port 8080\.$/],
  ['a main module that never loads', { 'index.mjs': 'await new Promise(() => {})' }, 'index', 'NeverLoaded', /waits \(await at the top level\)/],
  ['an error', { 'index.js': 'throw new Error("no database")' }, 'index', 'LoadError', /^index\.js threw while it was loaded: Error: no database/],
  ['an exit', { 'index.js': 'process.exit(0)' }, 'index', 'ExitedWhileLoading', /\(exit code 0\)/]
]
for (const [name, files, handler, reason, message] of failures) {
  test(`refuses a program that listens on: ${name}`, async (t) => {
    const host = new Host(t)
    const answer = await host.load(files, handler, { ...server, startSeconds: /TIMEOUT/i.test(reason) ? 0.3 : 20 })
    assert.equal(answer.reason, reason, answer.message)
    assert.match(answer.message, message)
    await host.ended
  })
}

test('a second server on the port gets EADDRINUSE, as anywhere', async (t) => {
  const host = new Host(t)
  const code = `${listen('res.end(seen)')}; let seen
    require('net').createServer().on('error', (error) => { seen = error.code }).listen(process.env.PORT)`
  await host.load({ 'index.js': code }, 'index', server)
  assert.equal((await host.get()).body, 'EADDRINUSE')
})

test('stop tells the program by SIGTERM, and waits for what is in flight', async (t) => {
  const host = new Host(t)
  const code = `const s = require('http').createServer((req, res) => { res.write('a'); req.resume().on('end', () => res.end('b')) })
    s.listen(process.env.PORT)
    process.on('SIGTERM', () => { console.log('told'); s.close() })`
  await host.load({ 'index.js': code }, 'index', server)
  const open = http.request({ port: host.port, host: '127.0.0.1', method: 'POST', agent: false })
  open.write('x')
  const [response] = await once(open, 'response')
  host.tell({ type: 'stop' })
  await host.logged(/told/)
  open.end()
  let body = ''
  for await (const data of response) body += data
  assert.equal(body, 'ab')
  assert.deepEqual(await host.ended, { code: 0, signal: null })
})

test('an error in a program ends it, as Node does, and names the request', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': listen('throw new Error("unhandled")') }, 'index', server)
  await assert.rejects(host.get('/', { headers: { 'x-request-id': 'r9' } }), { code: 'ECONNRESET' })
  const { type, message, requestId } = await host.next()
  assert.deepEqual([type, message, requestId], ['crashed', 'Error: unhandled', 'r9'])
  assert.deepEqual(await host.ended, { code: 1, signal: null })
})

test('an idle connection is kept for longer than the gateway keeps it', async (t) => {
  const host = new Host(t)
  await host.load({ 'index.js': listen('res.end("x")') }, 'index', server)
  assert.match((await host.get('/', { agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) })).headers['keep-alive'], /timeout=75/)
})

test('Express: routes, static files, errors and a late answer', async (t) => {
  const host = new Host(t)
  host.vendor('express')
  const code = `const express = require('express')
    const app = express()
    app.use(express.json())
    app.use('/static', express.static('public'))
    app.get('/hello/:name', (req, res) => res.json({ hello: req.params.name }))
    app.post('/echo', (req, res) => res.send(req.body))
    app.get('/late', (req, res) => setTimeout(() => res.json({ late: true }), 1200))
    app.get('/fail', () => { throw new Error('in a route') })
    app.listen(process.env.PORT, () => console.log('listening'))`
  await host.load({ 'app.js': code, 'public/a.txt': 'static' }, 'app', { ...server, timeoutSeconds: 1 })
  assert.equal((await host.get('/hello/ada')).body, '{"hello":"ada"}')
  assert.equal((await host.get('/static/a.txt')).body, 'static')
  assert.equal((await host.get('/nowhere')).status, 404)
  const headers = { 'content-type': 'application/json', 'content-length': 7 }
  assert.equal((await host.get('/echo', { method: 'POST', headers, body: '{"a":1}' })).body, '{"a":1}')
  assert.equal((await host.get('/late')).status, 504)
  assert.equal((await host.get('/fail')).status, 500)
  await host.logged(/error:\S+ Error: in a route/)
  assert.equal((await host.get('/hello/bob')).status, 200)
})

test('an Express application is an http handler too', async (t) => {
  const host = new Host(t)
  host.vendor('express')
  await host.load({ 'index.js': "const app = require('express')(); app.get('/x', (q, s) => s.send('x')); exports.handler = app" })
  assert.equal((await host.get('/x')).body, 'x')
  assert.equal((await host.get('/y')).status, 404)
})

test('ws: an unmodified WebSocket server', async (t) => {
  const host = new Host(t)
  host.vendor('ws')
  const code = `const { WebSocketServer } = require('ws')
    new WebSocketServer({ port: process.env.PORT }).on('connection', (socket) => socket.on('message', (data) => socket.send('echo ' + data)))`
  await host.load({ 'index.js': code }, 'index', server)
  const { WebSocket } = require(path.join(host.directory, 'node_modules', 'ws'))
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}`)
  await once(socket, 'open')
  socket.send('hello')
  assert.equal(String((await once(socket, 'message'))[0]), 'echo hello')
  socket.terminate()
})

test('ws: beside an http handler', async (t) => {
  const host = new Host(t)
  host.vendor('ws')
  const code = `const { WebSocketServer } = require('ws')
    const sockets = new WebSocketServer({ noServer: true })
    exports.handler = (req, res) => res.end('plain')
    exports.handler.upgrade = (req, socket, head) => sockets.handleUpgrade(req, socket, head, (it) => it.send('hi ' + req.url))`
  await host.load({ 'index.js': code })
  const { WebSocket } = require(path.join(host.directory, 'node_modules', 'ws'))
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}/room`)
  assert.equal(String((await once(socket, 'message'))[0]), 'hi /room')
  assert.equal((await host.get()).body, 'plain')
  socket.terminate()
})

test('React: a page rendered on the server, as a stream', async (t) => {
  const host = new Host(t)
  host.vendor('react', 'react-dom')
  const code = `import http from 'node:http'
    import React from 'react'
    import { renderToPipeableStream } from 'react-dom/server'
    const Page = ({ url }) => React.createElement('p', null, 'page of ', url)
    http.createServer((req, res) => {
      const { pipe } = renderToPipeableStream(React.createElement(Page, { url: req.url }), {
        onShellReady () { res.setHeader('content-type', 'text/html'); pipe(res) }
      })
    }).listen(process.env.PORT)`
  const loaded = await host.load({ 'index.mjs': code }, 'index.mjs', server)
  assert.equal(loaded.type, 'loaded', loaded.message)
  assert.equal((await host.get('/a')).body, '<p>page of <!-- -->/a</p>')
})

test('events of the server come as they are sent', async (t) => {
  const host = new Host(t)
  const code = listen("res.writeHead(200, { 'content-type': 'text/event-stream' }); res.write('data: 1\\n\\n'); req.on('close', () => console.log('closed'))")
  await host.load({ 'index.js': code }, 'index', server)
  const request = http.get({ port: host.port, host: '127.0.0.1', agent: false })
  const [response] = await once(request, 'response')
  assert.equal(String((await once(response, 'data'))[0]), 'data: 1\n\n')
  request.destroy()
  await host.logged(/closed/)
})
