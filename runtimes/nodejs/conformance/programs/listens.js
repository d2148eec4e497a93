'use strict'

require('node:http').createServer((request, response) => response.end('a program')).listen(process.env.PORT)
