'use strict'

const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

/** The directories of the layers, in the order of the spec. */
function layers () {
  return (process.env.NEST_LAYERS ?? '').split(path.delimiter).filter(Boolean)
}

/**
 * Lets `require` find modules in the layers, after the package's own: of each layer in its `node_modules`, then at its
 * top. That is what NODE_PATH is for; a function's own goes first.
 */
function requireFromLayers () {
  const folders = layers().flatMap((layer) => [path.join(layer, 'node_modules'), layer])
  if (process.env.NODE_PATH) folders.unshift(process.env.NODE_PATH)
  if (folders.length === 0) return
  process.env.NODE_PATH = folders.join(path.delimiter)
  // Node has read it when it started.
  Module._initPaths()
}

/** The same for `import`, which knows no NODE_PATH: Node runs such a hook on a thread, so only ES modules pay for it. */
function importFromLayers (folders = layers()) {
  if (folders.length === 0) return
  Module.register(pathToFileURL(path.join(__dirname, 'layer-hooks.mjs')), {
    data: folders.map((layer) => pathToFileURL(path.join(layer, 'index.mjs')).href)
  })
}

module.exports = { importFromLayers, requireFromLayers }
