// How long a new function takes to answer.
import { percentile } from './stats.mjs';
import { withNest } from './nest.mjs';

const rounds = 50;

export async function start(report) {
  await withNest(async (nest) => {
    const toAnswer = [];
    const toReady = [];
    for (let round = 0; round < rounds; round++) {
      const name = `f${round}`;
      const began = performance.now();
      await nest.apply(name);
      await nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200);
      toAnswer.push(performance.now() - began);
      const sandbox = (await nest.list('sandboxes')).find((one) => one.metadata.labels.app === name);
      const at = (type) => micros(sandbox.status.conditions.find((one) => one.type === type).lastTransitionTime);
      toReady.push((at('Ready') - at('Scheduled')) / 1000);
      await nest.remove('sandboxdeployments', name);
      await nest.until(async () => (await nest.list('sandboxes')).length === 0, 10);
    }
    const conditions = 'release build, one warm pod, Node.js, inline package not seen by the gateway before, one at a time';
    report('start.apply-to-200.p50', percentile(toAnswer, 0.5), 'ms', rounds, `${conditions}; gateway asked every 2 ms`);
    report('start.apply-to-200.p99', percentile(toAnswer, 0.99), 'ms', rounds, `${conditions}; gateway asked every 2 ms`);
    report('start.bind-to-ready.p50', percentile(toReady, 0.5), 'ms', rounds, `${conditions}; between the conditions' times`);
    report('start.bind-to-ready.p99', percentile(toReady, 0.99), 'ms', rounds, `${conditions}; between the conditions' times`);
  });
}

/** Microseconds since the epoch of an RFC 3339 time, which a Date would cut to milliseconds. */
function micros(time) {
  const [, whole, fraction = ''] = time.match(/^(.*?)(?:\.(\d+))?Z$/);
  return Date.parse(`${whole}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
