// How long the first request to a parked function takes.
import { functionsOf, isFirst } from './functions.mjs';
import { inDirectory, withNest } from './nest.mjs';
import { load } from './processes.mjs';
import { untilParkedAgain, untilWarm } from './readiness.mjs';
import { reportPercentiles } from './stats.mjs';

const functions = 40;
const rounds = { spaced: 3, rush: 1 };

export async function wake(report) {
  await inDirectory(async (directory) => {
    for (const [kind, { source, spec, what }] of Object.entries(await functionsOf(directory))) {
      await withNest((nest) => measure(report, nest, kind, source, spec, what));
    }
  });
}

async function measure(report, nest, kind, source, spec, what) {
  const names = Array.from({ length: functions }, (_, index) => `f${index}`);
  for (const name of names) await nest.apply(name, 1, source, { ...spec, standby: { idleSeconds: 1 } });
  for (const name of names) await nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200, 20);
  const ways = { spaced: 'an empty host ready for each', rush: 'each as soon as the one before is answered, so that they wait for empty hosts, too' };
  for (const [way, words] of Object.entries(ways)) {
    const times = [];
    for (let round = 0; round < rounds[way]; round++) {
      await untilParkedAgain(nest);
      for (const name of names) {
        if (way === 'spaced') await untilWarm(nest, spec.runtime);
        times.push(await ask(nest, name));
      }
    }
    const conditions = `${what}, ${functions} parked functions called one after the other, ${rounds[way]} times, ${words}; request to whole answer through the gateway; load average ${await load()}`;
    reportPercentiles(report, way === 'spaced' ? `wake.${kind}` : `wake.${kind}.rush`, times, conditions);
  }
}

async function ask(nest, name) {
  const start = performance.now();
  const { status, text } = await nest.ask(`/fn/default/${name}/`);
  const took = performance.now() - start;
  if (status !== 200 || !isFirst(text)) throw new Error(`${name} was not parked, or answers ${status}: ${text}`);
  return took;
}
