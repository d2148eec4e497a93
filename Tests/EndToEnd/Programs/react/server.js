'use strict'

const http = require('node:http')
const { createElement } = require('react')
const { renderToPipeableStream } = require('react-dom/server')
const { Page, priceList } = require('./page')

const server = http.createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost')
  if (pathname !== '/') return res.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>')
  const list = priceList()
  const page = createElement(Page, { visitor: searchParams.get('name') ?? 'stranger', list })
  const { pipe } = renderToPipeableStream(page, {
    onShellReady () {
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      pipe(res)
      // The visitor sees the page before its prices are known.
      list.fetch()
    },
    onShellError (error) { res.writeHead(500).end(error.message) }
  })
})

server.listen(process.env.PORT)
