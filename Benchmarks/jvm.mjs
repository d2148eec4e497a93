// The JVM's host: its boot, loads, memory, requests and what is left after a thousand unloads; then the same through Nest.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { jarSource } from './functions.mjs';
import { large, medium, trivial, untidy } from './java.mjs';
import { inDirectory, withNest } from './nest.mjs';
import { cpuTime, load as loadAverage, pss } from './processes.mjs';
import { followReadiness, readyOnce } from './readiness.mjs';
import { percentile } from './stats.mjs';

process.env.NEST_RUNTIME = 'jvm';
const { Host } = createRequire(import.meta.url)('../runtimes/conformance/harness/host.js');
const shim = createRequire(import.meta.url)('../runtimes/conformance/harness/shim.js');
const run = promisify(execFile);
const boots = 20;
const loads = 60;
const cycles = Number(process.env.NEST_CYCLES ?? 1000);
const counts = [10, 100, 200];

export async function jvm(report) {
  await inDirectory(async (directory) => {
    const functions = {
      trivial: { directory: await trivial(path.join(directory, 'trivial')) },
      medium: await medium(path.join(directory, 'medium')),
      large: await large(path.join(directory, 'large')),
      untidy: { directory: await untidy(path.join(directory, 'untidy')) },
    };
    try {
      await boot(report);
      await loading(report, functions);
      await memory(report, functions.medium);
      await requests(report, functions.trivial);
      await unloading(report, functions.untidy);
    } finally {
      await shim.end();
    }
    await throughNest(report, functions.medium);
  });
}

/** Hands a host to `body` and ends it whatever happens. */
async function withHost(body, options) {
  const ends = [];
  try {
    return await body(await Host.boot({ after: (end) => ends.push(end) }, options));
  } finally {
    for (const end of ends) await end();
  }
}

/** Loads a function as the shim does. */
async function plug(host, { directory }, more = {}) {
  const sandbox = await host.load('echo', { directory, handler: 'F', signature: 'http', ...more });
  if (sandbox.answer.type !== 'loaded') throw new Error(JSON.stringify(sandbox.answer));
  return sandbox;
}

async function boot(report) {
  const kinds = { 'with-cds': (command) => command, 'without-cds': (command) => command.map((word) => (word.startsWith('-XX:SharedArchiveFile=') ? '-Xshare:auto' : word)) };
  const times = { 'with-cds': [], 'without-cds': [] };
  for (let round = 0; round < boots; round++) {
    for (const [kind, edit] of Object.entries(kinds)) {
      const start = performance.now();
      await withHost(async () => times[kind].push(performance.now() - start), { edit });
    }
  }
  const conditions = `process start to 'booted', warm-up included, the two alternating, outside of the jail; load average ${await loadAverage()}`;
  for (const [kind, all] of Object.entries(times)) report(`jvm.boot.${kind}.p50`, percentile(all, 0.5), 'ms', boots, conditions);
}

async function loading(report, functions) {
  for (const kind of ['trivial', 'medium', 'large']) {
    await withHost(async (host) => {
      const times = [];
      for (let round = 0; round <= loads; round++) {
        const start = performance.now();
        const sandbox = await plug(host, functions[kind]);
        times.push(performance.now() - start);
        await sandbox.get('/');
        await sandbox.stop();
      }
      const what = { trivial: 'one class', medium: `a jar of ${functions.medium.bytes >> 10} KiB`, large: `one class and ${(functions.large.bytes / 1e6).toFixed(1)} MB of jars (Jackson, Guava) that its constructor uses` }[kind];
      const conditions = `'load' to 'loaded', ${what}, one at a time in one JVM, the first left out; load average ${await loadAverage()}`;
      for (const share of [50, 99]) report(`jvm.load.${kind}.p${share}`, percentile(times.slice(1), share / 100), 'ms', loads, conditions);
    }, { edit: (command) => command.map((word) => (word === '-Xmx256m' ? '-Xmx512m' : word)) });
  }
}

async function memory(report, medium) {
  await withHost(async (host) => {
    const empty = await pss([host.pid]);
    report('jvm.memory.empty', empty, 'MB', 1, 'PSS of a JVM that has booted and holds nothing');
    let [held, last] = [0, empty];
    for (const count of counts) {
      const before = held;
      for (; held < count; held++) await (await plug(host, medium)).get('/');
      const { pong } = await host.ping();
      const now = await pss([host.pid]);
      const conditions = `functions of a jar of ${medium.bytes >> 10} KiB, each called once; PSS of the process, heap as it is, not collected`;
      report(`jvm.memory.mean.${count}`, now / count, 'MB/function', count, conditions);
      report(`jvm.memory.increment.${count}`, (now - last) / (count - before), 'MB/function', count - before, conditions);
      report(`jvm.memory.metaspace.${count}`, pong.metaspace.used / count / 1024, 'KiB/function', count, `${conditions}; with what the JVM has for itself`);
      last = now;
    }
  });
}

async function requests(report, trivial) {
  await withHost(async (host) => {
    const sandbox = await plug(host, trivial);
    for (const connections of [1, 32]) {
      const result = await wrk(`http://127.0.0.1:${sandbox.port}/`, connections, host.pid);
      const conditions = `wrk -t1 -d5s, keep-alive, straight to the JVM (C1), JVM and wrk on the same cores; load average ${await loadAverage()}`;
      report(`jvm.requests.direct.c${connections}`, result.rate, '1/s', result.count, conditions);
      report(`jvm.requests.direct.c${connections}.cpu`, result.cpu, 'us/request', result.count, conditions);
    }
  });
}

async function wrk(url, connections, pid) {
  // The first run compiles.
  await run('wrk', ['-t1', `-c${connections}`, '-d2s', url]);
  const before = pid && (await cpuTime(pid));
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, '-d5s', url]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`errors under load at ${url}:\n${stdout}`);
  const count = Number(stdout.match(/(\d+) requests in/)[1]);
  return { count, rate: Number(stdout.match(/Requests\/sec:\s+(\S+)/)[1]), cpu: pid && (((await cpuTime(pid)) - before) * 1e6) / count };
}

async function unloading(report, untidy) {
  await withHost(async (host) => {
    let [used, collected] = [0, 0];
    const cycle = async () => {
      const sandbox = await plug(host, untidy);
      const { body } = await sandbox.get('/');
      if (body !== 'used') throw new Error(body);
      await sandbox.stop();
      used++;
    };
    /** What is used once all loaders are collected. */
    const settled = async () => {
      for (; collected < used; collected++) await host.message('collected', () => true, 90);
      const { pong } = await host.ping();
      return { heap: pong.heap.used, metaspace: pong.metaspace.used, leaked: pong.leaked };
    };
    for (let round = 0; round < 50; round++) await cycle();
    const before = await settled();
    for (let round = 0; round < cycles; round++) await cycle();
    const after = await settled();
    const conditions = 'a function that leaves threads, thread-locals, a timer, a pool and a JDBC driver behind; loaded, called, unloaded; after 50 cycles and after all, each when every loader was collected';
    report('jvm.cycles.metaspace', after.metaspace / before.metaspace, 'after/before', cycles, conditions);
    report('jvm.cycles.heap', after.heap / before.heap, 'after/before', cycles, conditions);
    report('jvm.cycles.leaked', after.leaked, 'loaders', cycles, conditions);
  });
}

async function throughNest(report, medium) {
  const source = await jarSource(medium.jar);
  const spec = { runtime: 'jvm', handler: 'F' };
  await withNest(async (nest) => {
    const readiness = await followReadiness(nest);
    const times = [];
    for (let round = 0; round <= loads; round++) times.push((await readyOnce(nest, readiness, `jvm-${round}`, source, spec)).milliseconds);
    const conditions = `a jar of ${medium.bytes >> 10} KiB in the cache of the machine, one sandbox at a time, a booted JVM; between the two events as a watch sees them; load average ${await loadAverage()}`;
    for (const share of [50, 99]) report(`jvm.plug.bind-to-ready.p${share}`, percentile(times.slice(1), share / 100), 'ms', loads, conditions);
    await nest.apply('jvm', 1, source, spec);
    await nest.until(async () => (await nest.get('/fn/default/jvm/')) === 200);
    for (const connections of [1, 32]) {
      const result = await wrk(`${nest.gateway}/fn/default/jvm/`, connections);
      report(`jvm.requests.gateway.c${connections}`, result.rate, '1/s', result.count, `wrk -t1 -d5s, keep-alive, through the gateway, all on the same cores; load average ${await loadAverage()}`);
    }
    readiness.stop();
  });
}
