'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { fileURLToPath } = require('node:url')
const vm = require('node:vm')

/** The most bytes of a stack or message that are reported. */
const limit = 4096

/** An error whose reason and message are already in the user's words. */
class LoadFailure extends Error {
  constructor (reason, message) {
    super(message)
    this.reason = reason
  }
}

/** What the shim is told about a failed load of `file`: `{reason, message, stack}`. */
function describe (error, { directory, file }) {
  if (error instanceof LoadFailure) return { reason: error.reason, message: cut(error.message), stack: '' }
  const { message, stack } = crash(error)
  const frames = userFrames(stack, directory)
  if (!(error instanceof SyntaxError)) {
    const where = file ? `${path.relative(directory, file)} threw while it was loaded: ` : ''
    return { reason: 'LoadError', message: cut(relative(where + message + advice(error), directory)), stack: frames }
  }
  const place = relative(excerpt(error) ?? '', directory)
  return { reason: 'SyntaxError', message: cut(place ? `${place}\n${message}` : message), stack: frames }
}

/** What to do about errors that say only what happened. */
function advice (error) {
  const isMissing = error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND'
  return isMissing ? '\nNothing is installed for a function: put node_modules into the package.' : ''
}

/** Message and stack of anything that can be thrown, cut to the limit. */
function crash (error) {
  const known = error instanceof Error
  const text = known ? `${error.name}: ${error.message}` : `thrown: ${safeString(error)}`
  return { message: cut(text), stack: cut(known && typeof error.stack === 'string' ? error.stack : text) }
}

/** The error as its author wants to see it: without the frames of this runtime below theirs. */
function forAuthor (error) {
  try {
    const lines = error.stack.split('\n')
    error.stack = lines.filter((line) => !line.includes(__dirname + path.sep) && !/^\s+at AsyncLocalStorage\.run/.test(line)).join('\n')
  } catch {
    // Not everything that is thrown has a stack, or one that can be changed.
  }
  return error
}

/** The frames of a stack that are in the package, one a line. */
function userFrames (stack, directory) {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line) && line.includes(directory + path.sep))
  return relative(frames.join('\n'), directory)
}

/** The `file:line`, the line and the caret of a syntax error; undefined when they cannot be found. */
function excerpt (error) {
  const stack = String(error.stack ?? '')
  // CommonJS: V8's stack starts with them.
  const end = stack.indexOf('\n\n')
  if (end > 0 && /:\d+\n/.test(stack.slice(0, end + 1))) return stack.slice(0, end)
  // ES modules: V8 keeps them to itself, so the file is compiled once more as a script.
  return error.moduleFile ? recompile(error.moduleFile, error.message) : undefined
}

function recompile (file, message) {
  const blank = (text) => text.replace(/[^\n]/g, ' ')
  const source = fs.readFileSync(file, 'utf8')
    .replace(/^\s*(import\s*[\w{*'"][^;\n(]*|export\s*(\*|\{[^}]*\})[^;\n]*)/gm, blank)
    .replace(/^\s*export(\s+default)?(?=\s)/gm, blank)
  try {
    // eslint-disable-next-line no-new
    new vm.Script(`'use strict';(async()=>{\n${source}\n})`, { filename: file, lineOffset: -1 })
  } catch (again) {
    const stack = String(again.stack)
    if (again.message === message) return stack.slice(0, stack.indexOf('\n\n'))
  }
  return file
}

/** Paths inside the package as the user knows them. */
function relative (text, directory) {
  if (!directory) return cut(text)
  return cut(text.replaceAll(`file://${directory}${path.sep}`, '').replaceAll(directory + path.sep, ''))
}

function cut (text) {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  let end = limit - Buffer.byteLength('…')
  // Not inside of a character.
  while ((bytes[end] & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end) + '…'
}

function safeString (value) {
  try {
    return String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** Remembers which file an ES module's syntax error came from. */
function fromModule (error, url) {
  if (error instanceof SyntaxError && !error.moduleFile) {
    Object.defineProperty(error, 'moduleFile', { value: fileURLToPath(url), enumerable: false })
  }
  return error
}

module.exports = { LoadFailure, describe, crash, forAuthor, fromModule }
