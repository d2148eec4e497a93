// The functions that figures of whole ways are taken with. Each answers first how often it has been called since it was loaded.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { medium } from './java.mjs';
import { inline } from './nest.mjs';

export const counter = inline('let calls = 0; exports.handler = (req, res) => res.end(String(++calls));');

/** Whether an answer's text is that of a function that this very request has loaded. */
export function isFirst(text) {
  return text.split(' ')[0] === '1';
}

/** What a spec says as `package` of a jar. */
export async function jarSource(jar) {
  return { url: `file://${jar}`, sha256: createHash('sha256').update(await readFile(jar)).digest('hex') };
}

/** One file in Node.js, and a jar for the JVM, which is compiled into `directory`: source, more of the spec, and in words. */
export async function functionsOf(directory) {
  const jar = await medium(path.join(directory, 'medium'));
  return {
    nodejs: { source: counter, spec: {}, what: 'one inline file in Node.js' },
    jvm: { source: await jarSource(jar.jar), spec: { runtime: 'jvm', handler: 'F' }, what: `a jar of ${jar.bytes >> 10} KiB in the JVM` },
  };
}
