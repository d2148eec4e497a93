'use strict'

// Server-sent events: each POST of /tick sends one to everybody who listens.

const http = require('node:http')

const listeners = new Set()
let count = 0

http.createServer((req, res) => {
  if (req.method === 'POST' && req.url === '/tick') {
    count++
    for (const listener of listeners) listener.write(`id: ${count}\nevent: tick\ndata: ${JSON.stringify({ count })}\n\n`)
    return res.end(String(count))
  }
  if (req.url === '/listeners') return res.end(String(listeners.size))
  if (req.url !== '/events') return res.writeHead(404).end()
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  res.write(`retry: 1000\ndata: ${JSON.stringify({ since: req.headers['last-event-id'] ?? null })}\n\n`)
  listeners.add(res)
  res.on('close', () => listeners.delete(res))
}).listen(process.env.PORT)
