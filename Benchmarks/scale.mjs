// Ten thousand functions: how fast the control plane observes and binds them, what it holds, how it restarts.
import { setTimeout as sleep } from 'node:timers/promises';
import { inDirectory, startNest, untilDone } from './nest.mjs';
import { cpuTime, pss } from './processes.mjs';
import { percentile } from './stats.mjs';

const functions = 10_000;
const nodes = 50;
const perNode = 250;
const writers = 16;
const setting = `all of nest up in one process, ${functions} SandboxDeployments of one sandbox each, ${nodes} simulated SandboxNodes`;

export async function scale(report) {
  await inDirectory(async (directory) => {
    let nest = await startNest(directory);
    await untilDone(nest, async () => {
      await simulateNodes(nest);
      const renewal = setInterval(() => renewLeases(nest).catch(() => {}), 10_000);
      try {
        await bindAll(report, nest);
        await sleep(5000);
        await followReadiness(report, nest);
        report('scale.memory', await pss([nest.pid]), 'MB', 1, `${setting}; PSS of the nest process 5 s after the last was bound`);
      } finally {
        clearInterval(renewal);
      }
    });
    const began = performance.now();
    nest = await startNest(directory);
    const ready = performance.now() - began;
    await untilDone(nest, async () => {
      await nest.create('sandboxdeployments', deployment('after-restart'));
      const list = () => nest.call('GET', '/apis/nest.dev/v1alpha1/namespaces/default/sandboxes?labelSelector=app%3Dafter-restart');
      await nest.until(async () => (await list()).items.length === 1);
      report('scale.restart.ready', ready, 'ms', 1, `${setting}; from the start of the process to its ready line`);
      report('scale.restart.reconciled', performance.now() - began, 'ms', 1, `${setting}; from the start to the first sandbox of a deployment made after it`);
      await sleep(5000);
      report('scale.restart.memory', await pss([nest.pid]), 'MB', 1, `${setting}; PSS of the nest process 5 s after a restart`);
    });
  });
}

async function bindAll(report, nest) {
  const bound = new Set();
  const observed = new Set();
  const stops = [
    await nest.watch('sandboxes', (type, one) => type !== 'DELETED' && one.spec.nodeName && bound.add(one.metadata.uid)),
    await nest.watch('sandboxdeployments', (_, one) => one.status?.observedGeneration && one.status.replicas && observed.add(one.metadata.uid)),
  ];
  const began = performance.now();
  const before = await cpuTime(nest.pid);
  const version = await revision(nest);
  let next = 0;
  const write = async () => {
    for (let i; (i = next++) < functions; ) await nest.create('sandboxdeployments', deployment(`f${i}`));
  };
  await Promise.all(Array.from({ length: writers }, write));
  const created = performance.now() - began;
  const deadline = Date.now() + 300_000;
  while (bound.size < functions || observed.size < functions) {
    if (Date.now() > deadline) throw new Error(`only ${bound.size} bound and ${observed.size} observed`);
    await sleep(10);
  }
  const all = performance.now() - began;
  for (const stop of stops) stop();
  report('scale.created', (functions * 1000) / created, '1/s', functions, `${setting}; acknowledged creations by ${writers} writers, while the controllers work`);
  report('scale.bound', (functions * 1000) / all, '1/s', functions, `${setting}; from the first creation until every sandbox is bound and every deployment observed`);
  report('scale.bound.writes', ((await revision(nest)) - version) / functions, 'writes/function', functions, 'acknowledged writes of all components in the same run, Events included');
  report('scale.bound.cpu', (((await cpuTime(nest.pid)) - before) * 1000) / functions, 'ms/function', functions, 'CPU time of the nest process in the same run');
}

/** How soon the endpoints in the API follow a change of a sandbox's readiness, while ten thousand functions are there. */
async function followReadiness(report, nest) {
  const waiting = new Map();
  const stop = await nest.watch('sandboxendpoints', (_, slice) => {
    for (const endpoint of slice.endpoints ?? []) waiting.get(`${endpoint.sandbox} ${endpoint.conditions.ready}`)?.();
  });
  const sandboxes = (await nest.call('GET', '/apis/nest.dev/v1alpha1/namespaces/default/sandboxes?limit=100')).items;
  const times = [];
  for (const [round, { metadata }] of [...sandboxes, ...sandboxes].entries()) {
    const isReady = round < sandboxes.length;
    const seen = new Promise((resolve) => waiting.set(`${metadata.name} ${isReady}`, resolve));
    const began = performance.now();
    await nest.call('PATCH', `/apis/nest.dev/v1alpha1/namespaces/default/sandboxes/${metadata.name}/status`, {
      status: {
        phase: 'Running', podIP: '127.1.255.1', port: 30000,
        conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', reason: 'Probe', message: '', lastTransitionTime: new Date().toISOString() }],
      },
    });
    await Promise.race([seen, sleep(10_000, null, { ref: false }).then(() => Promise.reject(new Error(`the endpoints do not follow ${metadata.name}`)))]);
    times.push(performance.now() - began);
  }
  stop();
  const conditions = `${setting}; from sending a sandbox's readiness, or its end, until a watch of the endpoints tells of it, one after the other`;
  for (const share of [50, 99]) report(`scale.endpoints.p${share}`, percentile(times, share / 100), 'ms', times.length, conditions);
}

/** The version of the last write of any object: each write raises it by one. */
async function revision(nest) {
  return Number((await nest.call('GET', '/api/v1/namespaces?limit=1')).metadata.resourceVersion);
}

const deployment = (name) => ({
  kind: 'SandboxDeployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { pool: 'simulated', runtime: 'nodejs', handler: 'index.handler', package: { inline: { 'index.js': 'exports.handler = () => {}' } } },
    },
  },
});

async function simulateNodes(nest) {
  await nest.create('resourcepools', { kind: 'ResourcePool', metadata: { name: 'simulated' }, spec: { warmPods: 0, maxPods: 1, maxSandboxesPerPod: perNode } });
  await renewLeases(nest);
  const resources = { cpu: '64', memory: '256Gi', sandboxes: perNode };
  for (const name of nodeNames) {
    await nest.create('sandboxnodes', { kind: 'SandboxNode', metadata: { name }, spec: { pool: 'simulated' } });
    await nest.call('PATCH', `/apis/nest.dev/v1alpha1/namespaces/default/sandboxnodes/${name}/status`, {
      status: {
        capacity: resources, allocatable: resources, podIP: '127.1.255.1', runtimes: [{ name: 'nodejs', version: '20', prewarmed: 0 }],
        conditions: [{ type: 'Ready', status: 'True', reason: 'SidecarReady', message: '', lastTransitionTime: new Date().toISOString() }],
      },
    });
  }
}

const nodeNames = Array.from({ length: nodes }, (_, i) => `simulated-${i}`);

async function renewLeases(nest) {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  for (const name of nodeNames) {
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: `${new Date().toISOString().slice(0, -1)}000Z` };
    try {
      await nest.call('PATCH', `${leases}/${name}`, { spec });
    } catch {
      await nest.call('POST', leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec });
    }
  }
}
