'use strict'

const { WebSocketServer } = require('ws')

const server = new WebSocketServer({ port: process.env.PORT, handleProtocols: (offered) => offered.has('echo') && 'echo' })

server.on('connection', (socket, request) => {
  socket.send(`hello from ${request.url}`)
  socket.on('message', (data, isBinary) => {
    if (!isBinary && String(data) === 'leave') return socket.close(4001, 'as you wish')
    socket.send(data, { binary: isBinary })
  })
})
