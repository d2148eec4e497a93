// Many functions at once in one pool: made by several writers, followed by one watch.
import { isReady } from './readiness.mjs';

const writers = 16;
/** Makes a pool without warm pods, whose pods take as many sandboxes as are bound to them. */
export function createPool(nest, name, { maxPods = 1, maxSandboxesPerPod = 10_000, runtimes = [{ name: 'nodejs', prewarmed: 2 }] } = {}) {
  const spec = { warmPods: 0, maxPods, maxSandboxesPerPod, runtimes, overcommit: { cpu: 10_000, memory: 10_000 } };
  return nest.create('resourcepools', { kind: 'ResourcePool', metadata: { name }, spec });
}

/** Does something for each, sixteen at once. */
export async function forEach(all, body) {
  let next = 0;
  const one = async () => {
    for (let index; (index = next++) < all.length; ) await body(all[index], index);
  };
  await Promise.all(Array.from({ length: writers }, one));
}

/** Follows the sandboxes of a pool from now on. */
export async function followStates(nest, pool) {
  const states = new Map();
  const stop = await nest.watch('sandboxes', (type, { metadata, spec, status }) => {
    if (spec.pool !== pool) return;
    if (type === 'DELETED') states.delete(metadata.uid);
    else states.set(metadata.uid, { isReady: isReady({ status }), state: status?.state, restarts: status?.restartCount ?? 0, reason: status?.reason ?? status?.phase, ended: status?.lastTermination?.reason });
  });
  const count = (holds) => [...states.values()].filter(holds).length;
  return {
    stop,
    ready: () => count((one) => one.isReady),
    parked: () => count((one) => one.isReady && one.state === 'Parked'),
    /** How many there are of each reason, or where there is none, phase. */
    reasons: () => {
      const counts = {};
      for (const { reason } of states.values()) counts[reason] = (counts[reason] ?? 0) + 1;
      return counts;
    },
    restarts: () => [...states.values()].reduce((sum, one) => sum + one.restarts, 0),
    /** How many have ended at least once, by the reason of their last end. */
    ends: () => {
      const counts = {};
      for (const { ended } of states.values()) if (ended) counts[ended] = (counts[ended] ?? 0) + 1;
      return counts;
    },
  };
}

/** Waits until so many are `ready` or `parked`, telling how far it is on standard error every ten seconds. */
export async function untilCount(nest, states, what, wanted, seconds) {
  const count = states[what];
  let told = performance.now();
  try {
    await nest.until(async () => {
      if (performance.now() - told > 10_000) {
        told = performance.now();
        console.error(`${count()} of ${wanted} ${what}`);
      }
      return count() >= wanted;
    }, 50, seconds);
  } catch (cause) {
    throw new Error(`only ${count()} of ${wanted} sandboxes are ${what}; all are ${JSON.stringify(states.reasons())}`, { cause });
  }
}
