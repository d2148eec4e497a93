'use strict'

console.log('nothing to do')
