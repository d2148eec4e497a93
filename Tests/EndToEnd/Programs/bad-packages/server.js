'use strict'

// A web server of packages that goes wrong in a way of its own at each path. Prints its port. Not run by Nest.
// usage: server.js DIRECTORY: what lies there is served, as it is, at /files/NAME; at /slow/NAME its end comes five seconds late, and /asked
// says how often that was asked for.

const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

const [directory] = process.argv.slice(2)
let asked = 0
const half = Buffer.alloc(10_000, 'half of it')

const server = http.createServer((req, res) => {
  // A proxy is asked for a whole URL.
  const name = new URL(req.url, 'http://here').pathname
  switch (name) {
    case '/asked':
      return res.end(String(asked))
    case '/failing':
      return res.writeHead(500).end('no disk here')
    case '/truncated':
      return res.writeHead(200, { 'content-length': 2 * half.length }).write(half, () => res.destroy())
    case '/trickling': {
      res.writeHead(200, { 'content-length': 1_000_000 })
      const drops = setInterval(() => res.write('.'), 100)
      return res.on('close', () => clearInterval(drops))
    }
  }
  const file = path.join(directory, path.basename(name))
  const isSlow = name.startsWith('/slow/')
  if (!(isSlow || name.startsWith('/files/')) || !fs.existsSync(file)) return res.writeHead(404).end('nothing here')
  if (isSlow) {
    asked++
    const bytes = fs.readFileSync(file)
    res.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, -20))
    const rest = setTimeout(() => res.end(bytes.subarray(-20)), 5000)
    return res.on('close', () => clearTimeout(rest))
  }
  fs.createReadStream(file).pipe(res.writeHead(200))
})

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
