'use strict'

const assert = require('node:assert/strict')
const { check, serve } = require('./harness')

check('the function has the environment of its load and nothing else', { fixtures: ['environment'] }, async (t) => {
  const sandbox = await serve(t, 'environment', { env: { A: '1', EMPTY: '', WORDS: 'a b=c "é"' } })
  const { directory } = sandbox.host
  const expected = ['A=1', 'EMPTY=', `HOME=${directory}`, 'PATH=/usr/local/bin:/usr/bin:/bin', `TMPDIR=${directory}`, 'WORDS=a b=c "é"']
  assert.deepEqual((await sandbox.get()).body, expected.map((it) => it + '\n').join(''))
})

check('what layers have is found after the package\'s own, in their order', { fixtures: ['layered'] }, async (t) => {
  const sandbox = await serve(t, 'layered')
  assert.equal((await sandbox.get()).body, 'one two package')
})
