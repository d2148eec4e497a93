// A request to a function that an autoscaler keeps at no sandbox: gateway, scaler, controllers, scheduler, sidecar, and back.
import { setTimeout as sleep } from 'node:timers/promises';
import { forEach } from './fleet.mjs';
import { functionsOf } from './functions.mjs';
import { inDirectory, withNest } from './nest.mjs';
import { load } from './processes.mjs';
import { isReady, untilWarm } from './readiness.mjs';
import { percentile, reportPercentiles } from './stats.mjs';

const rounds = 100;
/** The gateway follows what the API says a moment later. */
const settle = 3000;
/** Where the time goes, in order: each from the one before, the first from the request. */
const steps = {
  scaled: 'its SandboxDeployment asks for a sandbox (gateway, scaler)',
  made: 'the Sandbox is there (controllers)',
  bound: 'it is bound (scheduler)',
  ready: 'it is ready (sidecar, shim, host)',
  answered: 'the whole answer is here (endpoints, gateway, function)',
};

export async function scaleFromZero(report) {
  await inDirectory(async (directory) => {
    for (const [kind, { source, spec, what }] of Object.entries(await functionsOf(directory))) {
      await withNest((nest) => measure(report, nest, kind, source, spec, what));
    }
  });
}

async function measure(report, nest, kind, source, spec, what) {
  const seen = new Map();
  const note = (app, step) => seen.get(app) && (seen.get(app)[step] ??= performance.now());
  const stops = [
    await nest.watch('sandboxdeployments', (_, one) => one.spec.replicas > 0 && note(one.metadata.name, 'scaled')),
    await nest.watch('sandboxes', (_, one) => {
      note(one.metadata.labels.app, 'made');
      if (one.spec.nodeName) note(one.metadata.labels.app, 'bound');
      if (isReady(one)) note(one.metadata.labels.app, 'ready');
    }),
  ];
  // The first brings the package into the cache.
  const names = Array.from({ length: rounds + 1 }, (_, index) => `f${index}`);
  await forEach(names, (name) => applyAtNone(nest, name, source, spec));
  await nest.until(async () => (await nest.list('sandboxendpoints')).filter((one) => one.holdsRequests).length === names.length, 100);
  await sleep(settle);
  const samples = [];
  for (const name of names) {
    await untilWarm(nest, spec.runtime);
    samples.push(await sample(nest, name, seen));
    await nest.remove('sandboxautoscalers', name);
    await nest.remove('sandboxdeployments', name);
    await nest.until(async () => (await nest.list('sandboxes')).length === 0, 20);
  }
  for (const stop of stops) stop();
  await tell(report, `scale-from-zero.${kind}`, samples.slice(1), what);
}

async function sample(nest, name, seen) {
  const times = { asked: performance.now() };
  seen.set(name, times);
  const { status, text } = await nest.ask(`/fn/default/${name}/`);
  times.answered = performance.now();
  if (status !== 200) throw new Error(`${name} answered ${status}: ${text}`);
  await nest.until(async () => Object.keys(steps).every((step) => times[step]));
  seen.delete(name);
  return times;
}

/** Declares a function that has no sandbox until somebody asks. */
async function applyAtNone(nest, name, source, spec) {
  await nest.apply(name, 0, source, spec);
  await nest.create('sandboxautoscalers', { kind: 'SandboxAutoscaler', metadata: { name }, spec: { scaleTargetRef: { name }, maxReplicas: 1 } });
}

async function tell(report, name, samples, what) {
  const conditions = `${what}, its package in the cache of the machine, a prewarmed host; ${samples.length} functions at 0 replicas, each with a SandboxAutoscaler, called one after the other and then deleted; load average ${await load()}`;
  reportPercentiles(report, name, samples.map((one) => one.answered - one.asked), `${conditions}; from the request until its whole answer through the gateway`, [50, 90, 99, 100]);
  let before = 'asked';
  for (const [step, words] of Object.entries(steps)) {
    const from = before;
    const conditions = `of these, ${from === 'asked' ? 'from the request' : `after "${from}"`} until ${words}, as a watch beside sees it: steps may overlap`;
    report(`${name}.${step}.p50`, percentile(samples.map((one) => one[step] - one[from]), 0.5), 'ms', samples.length, conditions);
    before = step;
  }
}
