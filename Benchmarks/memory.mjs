// What an idle Nest, an idle pod and an idle sandbox hold in memory.
import { setTimeout as sleep } from 'node:timers/promises';
import { inline, withNest } from './nest.mjs';
import { descendants, pss } from './processes.mjs';

const settle = 3000;
const counts = [1, 10, 100];
const source = inline('exports.handler = (req, res) => res.end(String(process.pid));');

export async function memory(report) {
  await withNest(async (nest) => {
    await sleep(settle);
    report('memory.nest-up', await pss([nest.pid]), 'MB', 1, 'idle for 3 s after start, one warm pod, PSS of the nest process');
    await reportPod(report, nest, 0);
    const pids = [];
    for (const count of counts) {
      for (let index = pids.length; index < count; index++) await nest.apply(`f${index}`, 1, source);
      for (let index = pids.length; index < count; index++) pids.push(await pidOf(nest, `f${index}`));
      await sleep(settle);
      report(`memory.idle-sandbox.${count}`, (await pss(pids)) / count, 'MB', count,
        'mean PSS of their Node.js processes, one inline file each, called once, 3 s later');
      await reportPod(report, nest, count);
    }
  });
}

/** The process of a function, once it answers. */
async function pidOf(nest, name) {
  let answer;
  await nest.until(async () => (answer = await nest.ask(`/fn/default/${name}/`)).status === 200, 20);
  return Number(answer.text);
}

async function reportPod(report, nest, count) {
  for (const role of ['sidecar', 'shim']) {
    const { count: pods, megabytes } = await held(nest, `nest-agent ${role}`);
    report(`memory.${role}.${count}`, megabytes / pods, 'MB', pods, `PSS of a pod's ${role}, ${count} idle sandboxes in ${pods} pods`);
  }
  const { count: processes, megabytes } = await held(nest, 'nest-agent');
  report(`memory.sidecar-and-shim.${count}`, (2 * megabytes) / processes, 'MB', processes / 2, `PSS of a pod's two processes, ${count} idle sandboxes`);
}

/** How many processes there are whose command line has that text, and what they hold. */
async function held(nest, text) {
  const found = (await descendants(nest.pid)).filter((one) => one.command.includes(text));
  return { count: found.length, megabytes: await pss(found.map((one) => one.pid)) };
}
