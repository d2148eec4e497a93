// Ten thousand functions that nobody calls, on one pod: what each costs, and how soon any of them answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createPool, followStates, forEach, untilCount } from './fleet.mjs';
import { counter, isFirst } from './functions.mjs';
import { withNest } from './nest.mjs';
import { descendants, descriptors, held, load } from './processes.mjs';
import { kill, program } from './program.mjs';
import { pick, random, seed } from './random.mjs';
import { untilWarm } from './readiness.mjs';
import { reportPercentiles } from './stats.mjs';

const functions = Number(process.env.NEST_SANDBOXES ?? 10_000);
const called = Math.min(functions - 1, 300);
/** What a sandbox may take at most, in seconds: to be plugged, and to be parked. */
const [plugging, parking] = [60 + functions * 0.3, 120 + functions * 0.1];
const pool = 'dense';

export async function tenThousand(report) {
  await withNest(async (nest) => {
    await createPool(nest, pool);
    const gateway = spawn(program, ['gateway', '--port', '0', '--kubeconfig', nest.kubeconfigPath], { stdio: 'ignore' });
    try {
      await measure(report, nest, gateway.pid);
    } finally {
      kill(gateway.pid);
      if (gateway.exitCode === null && gateway.signalCode === null) await once(gateway, 'exit');
    }
  });
}

async function measure(report, nest, gateway) {
  const states = await followStates(nest, pool);
  await plug(nest, ['first']);
  await untilCount(nest, states, 'parked', 1, 60);
  const before = await parts(nest, gateway);
  // A pod takes 10,000, and has one.
  const names = Array.from({ length: functions - 1 }, (_, index) => `f${index}`);
  const began = performance.now();
  const [created] = await Promise.all([
    plug(nest, names).then(() => performance.now() - began),
    untilCount(nest, states, 'ready', functions, plugging),
  ]);
  const plugged = performance.now() - began;
  await untilCount(nest, states, 'parked', functions, parking);
  const parked = performance.now() - began;
  const conditions = `${functions} SandboxDeployments of one sandbox each on one pod, one inline file in Node.js, standby.idleSeconds 1; load average ${await load()}`;
  const seconds = (name, value, what) => report(`ten-thousand.${name}`, value / 1000, 's', functions, `${conditions}; from the first creation until ${what}`);
  seconds('created', created, 'the last one is acknowledged, by 16 writers');
  seconds('plugged', plugged, 'each sandbox has been ready');
  seconds('parked', parked, 'all say that they are parked, which is told ten seconds late');
  tellParts(report, before, await parts(nest, gateway), conditions);
  await call(report, nest, names, conditions);
  report('ten-thousand.restarts', states.restarts(), 'restarts', functions, conditions);
  states.stop();
}

function plug(nest, names) {
  return forEach(names, (name) => nest.apply(name, 1, counter, { pool, standby: { idleSeconds: 1 } }));
}

/** What each part holds, in MB, and its descriptors. */
async function parts(nest, gateway) {
  const [pod] = (await nest.list('sandboxnodes')).filter((one) => one.spec.pool === pool);
  const { metadata } = await nest.call('GET', `/api/v1/namespaces/default/pods/${pod.metadata.name}`);
  const below = await descendants(nest.pid);
  const pidOf = (role) => below.find((one) => one.command.includes(`nest-agent ${role}`) && one.command.includes(metadata.uid)).pid;
  const pids = { shim: pidOf('shim'), sidecar: pidOf('sidecar'), 'nest-up': nest.pid, gateway };
  const measured = {};
  for (const [part, pid] of Object.entries(pids)) measured[part] = { memory: await held([pid]), descriptors: await descriptors(pid) };
  return measured;
}

function tellParts(report, before, after, conditions) {
  const means = { gateway: 'a nest gateway by itself, which nobody calls; not in the sum, as nest up has one of its own', 'nest-up': 'API server, controllers, scheduler, scaler, machine and a gateway in one process' };
  let sum = 0;
  for (const [part, { memory, descriptors }] of Object.entries(after)) {
    const more = memory - before[part].memory;
    if (part !== 'gateway') sum += more;
    const words = `${conditions}; PSS and page tables of ${means[part] ?? `the pod's ${part}`}`;
    report(`ten-thousand.memory.${part}`, memory, 'MB', 1, words);
    report(`ten-thousand.per-sandbox.${part}`, (more * 1024) / functions, 'KiB', functions, `${words}; what it has more than with one sandbox`);
    report(`ten-thousand.descriptors.${part}`, descriptors, 'descriptors', 1, `${conditions}; ${before[part].descriptors} with one sandbox`);
  }
  report('ten-thousand.per-sandbox', (sum * 1024) / functions, 'KiB', functions, `${conditions}; shim, sidecar and nest up together`);
}

async function call(report, nest, names, conditions) {
  const times = [];
  let [failed, awake] = [0, 0];
  for (const name of pick(names, called, random())) {
    await untilWarm(nest, 'nodejs', pool);
    const start = performance.now();
    const { status, text } = await nest.ask(`/fn/default/${name}/`).catch((error) => ({ status: 0, text: error.message }));
    const took = performance.now() - start;
    if (status !== 200) {
      failed++;
      console.error(`${name} answers ${status}: ${text}`);
    } else if (isFirst(text)) times.push(took);
    else awake++;
  }
  const more = `${conditions}; ${called} of them at random (seed ${seed}), one after the other, an empty host ready for each, request to whole answer through the gateway`;
  report('ten-thousand.wake.failed', failed, 'requests', called, more);
  report('ten-thousand.wake.not-parked', awake, 'requests', called, more);
  if (times.length > 0) reportPercentiles(report, 'ten-thousand.wake', times, more, [50, 90, 99, 100]);
  if (failed > 0) throw new Error(`${failed} of ${called} requests to parked functions failed`);
}
