'use strict'

const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { pipeline } = require('node:stream')

const root = path.join(__dirname, 'public')
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }

http.createServer((req, res) => {
  const name = decodeURIComponent(new URL(req.url, 'http://localhost').pathname)
  const file = path.join(root, name.endsWith('/') ? name + 'index.html' : name)
  const found = file.startsWith(root + path.sep) && fs.statSync(file, { throwIfNoEntry: false })
  if (!found || !found.isFile()) return res.writeHead(404, { 'content-type': 'text/plain' }).end(`no ${name}\n`)
  const etag = `"${found.size}-${Math.trunc(found.mtimeMs)}"`
  const headers = { 'content-type': types[path.extname(file)] ?? 'application/octet-stream', 'accept-ranges': 'bytes', etag }
  if (req.headers['if-none-match'] === etag) return res.writeHead(304, headers).end()
  const range = parse(req.headers.range, found.size)
  if (range === null) return res.writeHead(416, { 'content-range': `bytes */${found.size}` }).end()
  const { start, end } = range ?? { start: 0, end: found.size - 1 }
  headers['content-length'] = end - start + 1
  if (range) headers['content-range'] = `bytes ${start}-${end}/${found.size}`
  res.writeHead(range ? 206 : 200, headers)
  if (req.method === 'HEAD') return res.end()
  pipeline(fs.createReadStream(file, { start, end }), res, () => {})
}).listen(process.env.PORT)

/** One range of RFC 9110; undefined when there is none, null when it cannot be satisfied. */
function parse (field, size) {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(field ?? '') ?? []
  if (!from && !to) return undefined
  const start = from ? Number(from) : Math.max(0, size - Number(to))
  const end = from && to ? Math.min(Number(to), size - 1) : size - 1
  return start <= end ? { start, end } : null
}
