'use strict'

// The fixtures of signature http that fail when they are called.

exports.throws = () => { throw new Error('secret 42') }

exports.breaks = async (request, response) => {
  response.write('half')
  await new Promise((resolve) => setImmediate(resolve))
  throw new Error('torn')
}

exports.crashes = (request, response) => {
  if (request.url !== '/crash') return response.end('lives')
  response.end('crashes')
  setImmediate(() => { throw new Error('late') })
}

exports.exits = (request, response) => {
  if (request.url !== '/exit') return response.end('lives')
  console.log('last words')
  process.exit(7)
}

exports.stuck = (request, response) => {
  if (request.url !== '/spin') return response.end('lives')
  console.log('spins')
  for (;;);
}

exports.recurses = () => {
  const down = (depth) => down(depth + 1) + 1
  return down(0)
}
