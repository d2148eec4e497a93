// What an end of each part costs: the sidecar, the shim, a runtime host, the whole machine. All are ended by SIGKILL.
import { setTimeout as sleep } from 'node:timers/promises';
import { inDirectory, inline, startNest, untilDone, withNest } from './nest.mjs';
import { descendants, load } from './processes.mjs';
import { kill } from './program.mjs';
import { isReady } from './readiness.mjs';
import { percentile } from './stats.mjs';

const counts = [1, 10, 50];
const rounds = { sidecar: 10, shim: 5, host: 20, reboot: 3 };
/** A part of a pod that has lived for 10 s is started again at once; one that ends early again and again is not. */
const wellAfter = 10_500;
const source = inline('exports.handler = (req, res) => res.end(String(process.pid));');

export async function adopt(report) {
  for (const count of counts) {
    await withNest(async (nest) => {
      const names = await applyAll(nest, count);
      await killSidecars(report, nest, names);
      await killShims(report, nest, names);
    });
  }
  await withNest((nest) => killHosts(report, nest));
  for (const count of counts) await reboot(report, count);
}

/** The process of a part of the pod that has all sandboxes; beside it there is an empty one. */
async function part(nest, role) {
  const nodes = new Set((await nest.list('sandboxes')).map((one) => one.spec.nodeName));
  if (nodes.size !== 1) throw new Error(`one pod is expected, there are ${[...nodes].join(', ')}`);
  const pod = await nest.call('GET', `/api/v1/namespaces/default/pods/${[...nodes][0]}`);
  const found = (await descendants(nest.pid)).filter((one) => one.command.includes(`nest-agent ${role}`) && one.command.includes(pod.metadata.uid));
  if (found.length !== 1) throw new Error(`one ${role} is expected, there are ${found.length}`);
  return found[0].pid;
}

async function killSidecars(report, nest, names) {
  const before = await askAll(nest, names);
  const calls = new Calls(nest, names);
  const times = [];
  for (let round = 0; round < rounds.sidecar; round++) {
    await sleep(wellAfter);
    process.kill(await part(nest, 'sidecar'), 'SIGKILL');
    const began = performance.now();
    await nest.apply(`probe-${round}`, 1, source);
    await nest.until(async () => (await nest.list('sandboxes')).some((one) => one.metadata.labels.app === `probe-${round}` && isReady(one)), 5);
    times.push(performance.now() - began);
    await nest.remove('sandboxdeployments', `probe-${round}`);
  }
  const { asked, failed } = await calls.stop();
  const after = await askAll(nest, names);
  const restarts = (await nest.list('sandboxes')).reduce((sum, one) => sum + (one.status.restartCount ?? 0), 0);
  const conditions = `one pod with ${names.length} sandboxes, its sidecar killed every ${wellAfter / 1000} s, load average ${await load()}`;
  say(report, `adopt.sidecar.${names.length}`, times, `${conditions}; from the kill until a function applied right after it is ready in that pod: the new sidecar takes over what runs before it takes anything new`);
  report(`adopt.sidecar.${names.length}.failed`, failed, 'requests', asked, `${conditions}; of the requests to all functions meanwhile, one after the other`);
  const changed = [...before].filter(([name, pid]) => after.get(name) !== pid).length;
  report(`adopt.sidecar.${names.length}.restarted`, changed + restarts, 'sandboxes', names.length * rounds.sidecar, `${conditions}; those with another process than before, or a restartCount`);
}

async function killShims(report, nest, names) {
  const times = [];
  for (let round = 0; round < rounds.shim; round++) {
    await sleep(wellAfter);
    const before = await askAll(nest, names);
    process.kill(await part(nest, 'shim'), 'SIGKILL');
    const began = performance.now();
    const waiting = new Set(names);
    await nest.until(async () => {
      for (const name of waiting) {
        const { status, text } = await nest.ask(`/fn/default/${name}/`);
        if (status !== 200 || text === before.get(name)) break;
        waiting.delete(name);
      }
      return waiting.size === 0;
    }, 5);
    times.push(performance.now() - began);
  }
  say(report, `adopt.shim.${names.length}`, times, `one pod with ${names.length} sandboxes, which die with its shim; from the kill until each has answered a request through the gateway, from a new process; load average ${await load()}`);
}

async function killHosts(report, nest) {
  const names = await applyAll(nest, rounds.host);
  const pids = await askAll(nest, names);
  const killed = new Map();
  const [gone, again] = [new Map(), new Map()];
  const stop = await nest.watch('sandboxendpoints', (type, { metadata: { name }, endpoints = [] }) => {
    const elapsed = performance.now() - killed.get(name);
    if (!killed.has(name)) return;
    const isServing = endpoints.some((one) => one.conditions.ready);
    if (!isServing && !gone.has(name)) gone.set(name, elapsed);
    if (isServing && gone.has(name) && !again.has(name)) again.set(name, elapsed);
  });
  for (const name of names) {
    killed.set(name, performance.now());
    process.kill(Number(pids.get(name)), 'SIGKILL');
    await sleep(500);
  }
  await nest.until(() => again.size === names.length, 20);
  stop();
  const conditions = `${names.length} functions in one pod, their Node.js processes killed one after the other, each once; load average ${await load()}`;
  say(report, 'adopt.host.endpoint-gone', [...gone.values()], `${conditions}; from the kill until a watch says that the function has no ready endpoint`);
  say(report, 'adopt.host.ready-again', [...again.values()], `${conditions}; until it has one again: the first back-off is 10 s`);
}

async function reboot(report, count) {
  await inDirectory(async (directory) => {
    const times = [];
    let nest = await startNest(directory);
    try {
      const names = await applyAll(nest, count);
      for (let round = 0; round < rounds.reboot; round++) {
        const below = await descendants(nest.pid);
        await nest.stop('SIGKILL');
        for (const { pid } of below) kill(pid);
        const began = performance.now();
        nest = await startNest(directory);
        for (const name of names) await nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200);
        times.push(performance.now() - began);
      }
    } catch (error) {
      await nest.stop();
      throw error;
    }
    await untilDone(nest, async () => {});
    say(report, `adopt.reboot.${count}`, times, `nest up and all processes of its pods killed, ${count} sandboxes; from the start of nest up until each function has answered through the gateway; load average ${await load()}`);
  });
}

async function applyAll(nest, count) {
  const names = Array.from({ length: count }, (_, index) => `f${index}`);
  for (const name of names) await nest.apply(name, 1, source);
  for (const name of names) await nest.until(async () => (await nest.get(`/fn/default/${name}/`)) === 200, 20);
  return names;
}

/** The process id that each function answers with. */
async function askAll(nest, names) {
  const pids = new Map();
  for (const name of names) {
    const { status, text } = await nest.ask(`/fn/default/${name}/`);
    if (status !== 200) throw new Error(`${name} answers ${status}: ${text}`);
    pids.set(name, text);
  }
  return pids;
}

/** Calls functions in turn, all the time, until it is stopped. */
class Calls {
  #counts = { asked: 0, failed: 0 };
  #isStopped = false;
  #done;

  constructor(nest, names) {
    this.#done = this.#run(nest, names);
  }

  async stop() {
    this.#isStopped = true;
    await this.#done;
    return this.#counts;
  }

  async #run(nest, names) {
    for (let index = 0; !this.#isStopped; index = (index + 1) % names.length) {
      const status = await nest.get(`/fn/default/${names[index]}/`).catch((error) => error.code);
      this.#counts.asked++;
      if (status !== 200) {
        this.#counts.failed++;
        console.error(`${names[index]} answers ${status}`);
      }
      await sleep(5);
    }
  }
}

function say(report, name, times, conditions) {
  for (const [what, share] of [['p50', 0.5], ['max', 1]]) report(`${name}.${what}`, percentile(times, share), 'ms', times.length, conditions);
}
