// How many functions a GiB holds: many on one pod, beside each in a pod of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, followStates, forEach, untilCount } from './fleet.mjs';
import { functionsOf } from './functions.mjs';
import { inDirectory, withNest } from './nest.mjs';
import { descendants, held, load } from './processes.mjs';
import { untilParkedAgain } from './readiness.mjs';

const [shared, own] = [100, 20];
const settle = 3000;
const pool = 'measured';

export async function perGiB(report) {
  await inDirectory(async (directory) => {
    const functions = await functionsOf(directory);
    for (const [kind, { source, spec, what }] of Object.entries(functions)) {
      const runtime = spec.runtime ?? 'nodejs';
      const setting = { source, spec, what };
      // A pod of its own keeps no spare host.
      const alone = await measure({ ...setting, count: own, pods: { maxPods: own, maxSandboxesPerPod: 1, runtimes: [{ name: runtime, prewarmed: 0 }] } });
      tell(report, `${kind}.own-pod`, alone, `${own} functions, ${what}, each in a pod of its own without spare hosts`);
      const pods = { runtimes: [{ name: runtime, prewarmed: kind === 'nodejs' ? 2 : 1 }] };
      const together = await measure({ ...setting, count: shared, pods });
      tell(report, `${kind}.one-pod`, together, `${shared} functions, ${what}, on one pod, its spare hosts included`, alone);
      if (kind !== 'nodejs') continue;
      const parked = await measure({ ...setting, count: shared, pods, idleSeconds: 1 });
      tell(report, `${kind}.parked`, parked, `${shared} parked functions, ${what}, on one pod, its spare hosts included`, alone);
    }
  });
}

/** What each of `count` functions holds in MB, with its share of everything that is there because of them. */
async function measure({ source, spec, count, pods, idleSeconds }) {
  let result;
  await withNest(async (nest) => {
    await createPool(nest, pool, pods);
    const states = await followStates(nest, pool);
    await sleep(settle);
    const before = await all(nest);
    const standby = idleSeconds && { standby: { idleSeconds } };
    const names = Array.from({ length: count }, (_, index) => `f${index}`);
    await forEach(names, (name) => nest.apply(name, 1, source, { ...spec, ...standby, pool }));
    await untilCount(nest, states, 'ready', count, 60 + count * 2);
    await forEach(names, async (name) => nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200, 20));
    if (idleSeconds) await untilParkedAgain(nest);
    await sleep(settle);
    const after = await all(nest);
    states.stop();
    result = { count, pods: (after.pods - before.pods), mean: (after.memory - before.memory) / count, load: await load() };
  });
  return result;
}

/** What the whole Nest holds. */
async function all(nest) {
  const below = await descendants(nest.pid);
  return { memory: await held([nest.pid, ...below.map((one) => one.pid)]), pods: below.filter((one) => one.command.includes('nest-agent shim')).length };
}

function tell(report, name, { count, pods, mean, load }, what, alone) {
  const conditions = `${what}, each called once; PSS and page tables of everything that is there because of them, ${pods} pods with sidecar, shim and hosts, and what nest up has more than before, divided by ${count}; load average ${load}`;
  report(`per-gib.${name}.memory`, mean, 'MB/function', count, conditions);
  report(`per-gib.${name}.functions`, 1024 / mean, 'functions/GiB', count, conditions);
  if (alone) report(`per-gib.${name}.ratio`, alone.mean / mean, 'times', count, `${conditions}; functions per GiB, over those in pods of their own in the same run`);
}
