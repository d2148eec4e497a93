// Functions as they are used: few often, most hardly ever. An hour is a minute, so that what idles for a minute parks after a second.
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, followStates, forEach, untilCount } from './fleet.mjs';
import { counter, isFirst } from './functions.mjs';
import { withNest } from './nest.mjs';
import { descendants, load } from './processes.mjs';
import { arrivals, random, seed, zipf } from './random.mjs';
import { reportPercentiles } from './stats.mjs';

const functions = Number(process.env.NEST_SANDBOXES ?? 1000);
/** Requests a second: some ten of 25 wake a function, which two cores can bear. */
const rate = Number(process.env.NEST_RATE ?? 25);
const seconds = 60;
const shares = [50, 90, 99, 100];
const pool = 'dense';

export async function trace(report) {
  await withNest(async (nest) => {
    await createPool(nest, pool);
    const states = await followStates(nest, pool);
    const names = Array.from({ length: functions }, (_, index) => `f${index}`);
    await forEach(names, (name) => nest.apply(name, 1, counter, { pool, standby: { idleSeconds: 1 } }));
    await untilCount(nest, states, 'parked', functions, 60 + functions * 0.4);
    console.error(`restarts while they were made: ${states.restarts()} ${JSON.stringify(states.ends())}`);
    const processes = new Sampling(nest);
    const answers = await replay(nest, names);
    await tell(report, answers, await processes.stop(), states.restarts());
    console.error(`restarts: ${states.restarts()} ${JSON.stringify(states.ends())}`);
    states.stop();
  });
}

/** Sends each request at its moment, whatever has become of those before it. */
async function replay(nest, names) {
  const next = random();
  const which = zipf(names.length, next);
  const calls = arrivals(rate, seconds, next).map((moment) => ({ moment: moment * 1000, name: names[which()] }));
  const began = performance.now();
  const sent = [];
  for (const { moment, name } of calls) {
    const wait = began + moment - performance.now();
    if (wait > 0) await sleep(wait);
    sent.push(ask(nest, name, performance.now() - began - moment));
  }
  return Promise.all(sent);
}

async function ask(nest, name, late) {
  const start = performance.now();
  try {
    const { status, text } = await nest.ask(`/fn/default/${name}/`);
    return { name, late, status, text, milliseconds: performance.now() - start };
  } catch (error) {
    return { name, late, status: 0, text: error.message, milliseconds: performance.now() - start };
  }
}

/** Counts each second the runtime's processes of the pods that a Nest has. */
class Sampling {
  #counts = [];
  #isStopped = false;
  #done;

  constructor(nest) {
    this.#done = this.#run(nest);
  }

  async stop() {
    this.#isStopped = true;
    await this.#done;
    return this.#counts;
  }

  async #run(nest) {
    for (const began = performance.now(); !this.#isStopped; ) {
      this.#counts.push((await descendants(nest.pid)).filter((one) => one.command.includes('runtimes/nodejs/host.js')).length);
      await sleep(1000 - ((performance.now() - began) % 1000));
    }
  }
}

async function tell(report, answers, processes, restarts) {
  const failed = answers.filter((one) => one.status !== 200);
  for (const { name, status, text } of failed.slice(0, 20)) console.error(`${name} answers ${status}: ${text}`);
  const late = Math.max(...answers.map((one) => one.late));
  const names = new Set(answers.map((one) => one.name)).size;
  const conditions = [
    `${functions} functions on one pod, all parked at first, standby.idleSeconds 1, which begins when the gateway's connection has idled for 10 s`,
    `${rate} requests/s for ${seconds} s as a Poisson process, functions by Zipf's law (exponent 1, seed ${seed}), ${names} called`,
    `load from the same cores, sent at most ${late.toFixed(0)} ms late; load average ${await load()}`,
  ].join('; ');
  const good = answers.filter((one) => one.status === 200);
  const kinds = {
    all: [good, 'request to whole answer through the gateway'],
    woken: [good.filter((one) => isFirst(one.text)), 'those that woke their function'],
    warm: [good.filter((one) => !isFirst(one.text)), 'those whose function was awake, or being woken by another'],
  };
  for (const [kind, [some, words]] of Object.entries(kinds)) {
    if (some.length > 0) reportPercentiles(report, `trace.${kind}`, some.map((one) => one.milliseconds), `${conditions}; ${words}`, shares);
  }
  const mean = processes.reduce((sum, one) => sum + one, 0) / processes.length;
  const words = `${conditions}; Node.js processes of all pods, counted each second, empty hosts included`;
  for (const [what, value] of Object.entries({ min: Math.min(...processes), mean, max: Math.max(...processes) })) report(`trace.processes.${what}`, value, 'processes', processes.length, words);
  report('trace.restarts', restarts, 'restarts', functions, conditions);
  report('trace.failed', failed.length, 'requests', answers.length, conditions);
  if (failed.length > 0) throw new Error(`${failed.length} of ${answers.length} requests failed`);
}
