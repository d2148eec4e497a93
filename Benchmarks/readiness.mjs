// How long sandboxes take from their binding to their readiness, as a watch sees the two.
import { setTimeout as sleep } from 'node:timers/promises';

/** Follows all sandboxes from now on. `of(app)` is the last one of a function that became ready: its time and object. */
export async function followReadiness(nest) {
  const bound = new Map();
  const ready = new Map();
  const stop = await nest.watch('sandboxes', (type, sandbox) => {
    const { uid, labels } = sandbox.metadata;
    if (sandbox.spec.nodeName && !bound.has(uid)) bound.set(uid, performance.now());
    if (!isReady(sandbox) || !(bound.get(uid) > 0)) return;
    ready.set(labels.app, { milliseconds: performance.now() - bound.get(uid), sandbox });
    bound.set(uid, 0);
  });
  return { stop, of: (app) => ready.get(app) };
}

export function isReady(object) {
  return object.status?.conditions?.find((one) => one.type === 'Ready')?.status === 'True';
}

/** Milliseconds between two steps that a sandbox's status has the times of. */
export function between(sandbox, from, to) {
  const time = (name) => Date.parse(sandbox.status.lastTransitions.find((one) => one.name === name).time);
  return time(to) - time(from);
}

/** Runs a function of a package until it is ready, and takes it away again. Returns what `of` does. */
export async function readyOnce(nest, readiness, name, source, more) {
  await nest.apply(name, 1, source, more);
  await nest.until(async () => readiness.of(name));
  await nest.remove('sandboxdeployments', name);
  await nest.until(async () => (await nest.list('sandboxes')).length === 0, 10);
  return readiness.of(name);
}

/**
 * Waits until each pod of a pool says that as many empty hosts wait as the pool wants, a moment before for it to say anything else, and
 * one after in which they warm up.
 */
export async function untilWarm(nest, runtime = 'nodejs', pool = 'default') {
  await sleep(300);
  const wanted = (await nest.list('resourcepools')).find((one) => one.metadata.name === pool).spec.runtimes.find((one) => one.name === runtime).prewarmed;
  const isWarm = ({ status }) => status?.runtimes?.some((one) => one.name === runtime && one.prewarmed >= wanted);
  await nest.until(async () => (await nest.list('sandboxnodes')).filter((one) => one.spec.pool === pool).every(isWarm), 20);
  await sleep(150);
}

/**
 * Waits until all functions with `standby.idleSeconds` 1 that have just been called are parked again.
 *
 * Their gateway keeps its connections for 10 s. A status tells neither of a wake nor of a nap that is shorter than that, so at first
 * it may still speak of the time before the calls.
 */
export async function untilParkedAgain(nest) {
  await sleep(13_000);
  await nest.until(async () => (await nest.list('sandboxes')).every(({ status }) => status.state === 'Parked'), 500, 120);
}
