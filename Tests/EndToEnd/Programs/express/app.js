'use strict'

const path = require('node:path')
const express = require('express')

const app = express()
const guests = []

app.set('trust proxy', true)
app.use('/static', express.static(path.join(__dirname, 'public'), { maxAge: '1h' }))
app.use(express.json({ limit: '100kb' }))

app.get('/', (req, res) => res.type('text').send(`${guests.length} guests`))
app.get('/guests/:id', (req, res, next) => {
  const guest = guests[Number(req.params.id)]
  if (!guest) return next()
  res.set('X-Served-By', 'guestbook').cookie('last', req.params.id).json(guest)
})
app.post('/guests', (req, res) => {
  if (typeof req.body.name !== 'string') return res.status(422).json({ error: 'name is missing' })
  guests.push({ name: req.body.name, query: req.query })
  res.status(201).location(`guests/${guests.length - 1}`).json({ id: guests.length - 1 })
})
app.get('/old', (req, res) => res.redirect(301, 'guests/0'))
app.get('/whoami', (req, res) => res.json({ ip: req.ip, protocol: req.protocol, host: req.get('x-forwarded-host') ?? req.get('host') }))
app.post('/echo', (req, res) => {
  res.type(req.get('content-type'))
  req.pipe(res)
})
app.get('/broken', () => { throw new Error('a route that throws') })
app.use((req, res) => res.status(404).json({ error: `no ${req.method} ${req.path}` }))

app.listen(process.env.PORT, () => console.log('listening on', process.env.PORT))
