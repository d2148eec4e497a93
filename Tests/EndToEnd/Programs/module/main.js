import { readFile } from 'node:fs/promises'
import express from 'express'
import { pick } from './pick.js'

const quotes = JSON.parse(await readFile(new URL('./quotes.json', import.meta.url), 'utf8'))
const { default: path } = await import('node:path')

const app = express()
app.get('/quotes/:number', (req, res) => res.json(pick(quotes, Number(req.params.number))))
app.get('/file', (req, res) => res.send(path.basename(import.meta.url)))
await new Promise((resolve) => app.listen(process.env.PORT, resolve))
