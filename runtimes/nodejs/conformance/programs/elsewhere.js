'use strict'

require('node:http').createServer((request, response) => response.end('a program')).listen(Number(process.env.PORT) + 1)
