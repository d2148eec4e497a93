'use strict'

exports.levels = (request, response) => {
  for (const level of ['debug', 'info', 'warn', 'error']) console[level](`a line of level ${level}`)
  response.end()
}

exports.streams = (request, response) => {
  console.log('to output')
  process.stderr.write('to error\n')
  console.log()
  console.log('€'.repeat(6000))
  process.stdout.write('no ')
  process.stdout.write('break')
  response.end()
}

exports.much = (request, response) => {
  for (let i = 0; i < 20_000; i++) console.log(`line ${i} of very many, which fill every pipe that nobody reads`)
  response.end('printed')
}
