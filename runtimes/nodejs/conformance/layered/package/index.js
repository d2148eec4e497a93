'use strict'

exports.handler = (request, response) => response.end([require('first'), require('second'), require('own')].join(' '))
