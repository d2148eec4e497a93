'use strict'

// The other end of server.js: talks to it and says in one line of JSON what came back. Not part of the program.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { WebSocket } = require('ws')

const megabyte = Buffer.alloc(1 << 20)
for (let i = 0; i < megabyte.length; i++) megabyte[i] = (i * 31) & 0xff

async function main (url) {
  const socket = new WebSocket(url, ['other', 'echo'], { handshakeTimeout: 10_000 })
  const messages = []
  let wake = () => {}
  socket.on('message', (data, isBinary) => { messages.push({ data, isBinary }); wake() })
  const next = async () => {
    while (messages.length === 0) await new Promise((resolve) => { wake = resolve })
    return messages.shift()
  }
  await once(socket, 'open')
  const greeting = String((await next()).data)
  const ask = async (data) => {
    socket.send(data)
    return await next()
  }
  const text = await ask('Grüße ☕')
  const binary = await ask(Buffer.from([0, 255, 1, 254]))
  const large = await ask(megabyte)
  assert.deepEqual(large.data, megabyte)
  for (let i = 0; i < 100; i++) socket.send(`message ${i}`)
  const order = []
  for (let i = 0; i < 100; i++) order.push(String((await next()).data))
  assert.deepEqual(order, order.map((_, i) => `message ${i}`))
  socket.ping('still there?')
  const [pong] = await once(socket, 'pong')
  socket.send('leave')
  const [code, reason] = await once(socket, 'close')
  console.log(JSON.stringify({
    protocol: socket.protocol,
    greeting,
    text: { content: String(text.data), isBinary: text.isBinary },
    binary: { content: binary.data.toString('hex'), isBinary: binary.isBinary },
    large: { content: String(large.data.length), isBinary: large.isBinary },
    pong: String(pong),
    code,
    reason: String(reason)
  }))
}

main(process.argv[2])
