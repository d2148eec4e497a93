'use strict'

function connect () { throw new Error('no database') }

connect()
exports.handler = (request, response) => response.end()
