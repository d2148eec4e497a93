// The embedded API server alone: latencies, acknowledged writes, watch fan-out, large lists.
import { inDirectory, startAPIServer, untilDone } from './nest.mjs';
import { cpuTime } from './processes.mjs';
import { percentile } from './stats.mjs';

const maps = '/api/v1/namespaces/default/configmaps';
const calls = 1000;
const seconds = 5;
const watchers = 100;
const fanOutWrites = 500;
const manyObjects = 10_000;
const setting = 'nest apiserver over HTTPS, client in Node.js on the same two cores, ConfigMaps of 1 KB';

const map = (name, n = 0) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: `${n}`, text: 'x'.repeat(800) } });

export async function api(report) {
  await inDirectory(async (directory) => {
    await untilDone(await startAPIServer(directory), async (nest) => {
      await latencies(report, nest);
      for (const count of [1, 16]) await writes(report, nest, count);
      await fanOut(report, nest);
      await lists(report, nest);
    });
  });
}

async function latencies(report, nest) {
  const verbs = {
    create: (i) => nest.call('POST', maps, map(`l${i}`)),
    patch: (i) => nest.call('PATCH', `${maps}/l${i}`, { data: { n: `${i}` } }),
    get: (i) => nest.call('GET', `${maps}/l${i}`),
  };
  for (const [verb, call] of Object.entries(verbs)) {
    const times = [];
    for (let i = 0; i < calls; i++) {
      const began = performance.now();
      await call(i);
      times.push(performance.now() - began);
    }
    for (const share of [50, 99]) report(`api.${verb}.p${share}`, percentile(times, share / 100), 'ms', calls, `${setting}; one after the other`);
  }
}

async function writes(report, nest, count) {
  const end = performance.now() + seconds * 1000;
  const before = await cpuTime(nest.pid);
  let done = 0;
  const one = async (i) => {
    for (; performance.now() < end; done++) await nest.call('PATCH', `${maps}/l${i}`, { data: { n: `${done}` } });
  };
  await Promise.all(Array.from({ length: count }, (_, i) => one(i)));
  const cpu = (await cpuTime(nest.pid)) - before;
  report(`api.writes.w${count}`, done / seconds, '1/s', done, `${setting}; merge patches by ${count} writers for ${seconds} s, each acknowledged after fsync`);
  report(`api.writes.w${count}.cpu`, (cpu * 1e6) / done, 'us/write', done, 'CPU time of the API server in the same run');
}

async function fanOut(report, nest) {
  const sent = [];
  const times = [];
  const stops = [];
  for (let i = 0; i < watchers; i++) {
    stops.push(await nest.watchLines(maps, (line) => {
      const n = line.match(/"n":"w(\d+)"/)?.[1];
      if (n !== undefined) times.push(performance.now() - sent[n]);
    }));
  }
  for (let i = 0; i < fanOutWrites; i++) {
    sent[i] = performance.now();
    await nest.call('PATCH', `${maps}/l0`, { data: { n: `w${i}` } });
    await nest.until(async () => times.length >= (i + 1) * watchers, 1);
  }
  for (const stop of stops) stop();
  for (const share of [50, 99]) {
    report(`api.watch.p${share}`, percentile(times, share / 100), 'ms', times.length, `${setting}; from sending a patch to its event in each of ${watchers} watches, one patch at a time`);
  }
}

async function lists(report, nest) {
  let next = calls;
  const fill = async () => {
    for (let i; (i = next++) < manyObjects; ) await nest.call('POST', maps, map(`l${i}`));
  };
  await Promise.all(Array.from({ length: 16 }, fill));
  const whole = [];
  const paged = [];
  for (let round = 0; round < 5; round++) {
    let began = performance.now();
    const all = await nest.call('GET', maps, undefined, 'text');
    whole.push(performance.now() - began);
    if (all.length < manyObjects * 800) throw new Error('the list is too short');
    began = performance.now();
    for (let token = ''; ; ) {
      const page = await nest.call('GET', `${maps}?limit=500&continue=${encodeURIComponent(token)}`, undefined, 'text');
      token = page.slice(0, 2000).match(/"continue":"([^"]+)"/)?.[1];
      if (!token) break;
    }
    paged.push(performance.now() - began);
  }
  report('api.list.whole', percentile(whole, 0.5), 'ms', whole.length, `${setting}; ${manyObjects} objects in one answer, median`);
  report('api.list.paged', percentile(paged, 0.5), 'ms', paged.length, `${setting}; ${manyObjects} objects in pages of 500, median`);
}
