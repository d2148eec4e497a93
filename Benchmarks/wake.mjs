// How long the first request to a parked function takes.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { medium } from './java.mjs';
import { inDirectory, inline, withNest } from './nest.mjs';
import { load } from './processes.mjs';
import { percentile } from './stats.mjs';

const functions = 40;
const rounds = 3;

export async function wake(report) {
  await inDirectory(async (directory) => {
    const jar = await medium(path.join(directory, 'medium'));
    const sha256 = createHash('sha256').update(await readFile(jar.jar)).digest('hex');
    const kinds = {
      nodejs: { source: inline('exports.handler = (req, res) => res.end("hello");'), spec: {}, what: 'one inline file in Node.js' },
      jvm: { source: { url: `file://${jar.jar}`, sha256 }, spec: { runtime: 'jvm', handler: 'F' }, what: `a jar of ${jar.bytes >> 10} KiB in the JVM` },
    };
    for (const [kind, { source, spec, what }] of Object.entries(kinds)) {
      await withNest((nest) => measure(report, nest, kind, source, spec, what));
    }
  });
}

async function measure(report, nest, kind, source, spec, what) {
  const names = Array.from({ length: functions }, (_, index) => `f${index}`);
  for (const name of names) await nest.apply(name, 1, source, { ...spec, standby: { idleSeconds: 1 } });
  for (const name of names) await nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200, 20);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    await nest.until(async () => (await nest.list('sandboxes')).every(({ status }) => status.state === 'Parked'), 500, 120);
    for (const name of names) {
      const start = performance.now();
      const status = await nest.get(`/fn/default/${name}/`);
      times.push(performance.now() - start);
      if (status !== 200) throw new Error(`${name} answered ${status}`);
    }
  }
  const conditions = `release build, ${what}, ${functions} parked functions called one after the other, ${rounds} times, request to whole answer through the gateway; load average ${await load()}`;
  for (const share of [50, 99]) report(`wake.${kind}.p${share}`, percentile(times, share / 100), 'ms', times.length, conditions);
}
