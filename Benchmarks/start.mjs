// How long a new function takes to answer.
import { percentile } from './stats.mjs';
import { withNest } from './nest.mjs';
import { followReadiness } from './readiness.mjs';

const rounds = 50;

export async function start(report) {
  await withNest(async (nest) => {
    const toAnswer = [];
    const toReady = [];
    const readiness = await followReadiness(nest);
    for (let round = 0; round < rounds; round++) {
      const name = `f${round}`;
      const began = performance.now();
      await nest.apply(name);
      await nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200);
      toAnswer.push(performance.now() - began);
      await nest.until(async () => readiness.of(name));
      toReady.push(readiness.of(name).milliseconds);
      await nest.remove('sandboxdeployments', name);
      await nest.until(async () => (await nest.list('sandboxes')).length === 0, 10);
    }
    readiness.stop();
    const conditions = 'one function at a time, a prewarmed Node.js host, inline package in the cache after the first';
    for (const share of [50, 99]) {
      report(`start.apply-to-200.p${share}`, percentile(toAnswer, share / 100), 'ms', rounds, `${conditions}; from the POST of the SandboxDeployment; gateway asked every 2 ms`);
      report(`start.bind-to-ready.p${share}`, percentile(toReady, share / 100), 'ms', rounds, `${conditions}; between the two events as a watch sees them`);
    }
  });
}
