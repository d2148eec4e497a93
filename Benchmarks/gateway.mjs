// `nest gateway` beside nginx `proxy_pass`, before the same upstream, in the same run.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withNest } from './nest.mjs';
import { cpuTime } from './processes.mjs';
import { program } from './program.mjs';

const run = promisify(execFile);
const seconds = 5;
const rounds = 3;
const conditions = `wrk -t1 -d${seconds}s, best of ${rounds} alternating rounds; proxy pinned to core 0, wrk and the nginx upstream (a 12-byte answer) to core 1; keep-alive`;

export async function gateway(report) {
  const directory = await mkdtemp(path.join(tmpdir(), 'nest-bench-nginx-'));
  const ports = await freePorts(3);
  const [upstream, proxy, listener] = ports;
  const children = [];
  try {
    children.push(await nginx(directory, 'upstream', 1, `server { listen 127.0.0.1:${upstream}; location / { return 200 "hello world\\n"; } }`));
    children.push(await nginx(directory, 'proxy', 0, proxyConfiguration(upstream, proxy)));
    await withNest(async (nest) => {
      await nest.create('sandboxendpoints', endpoints(upstream));
      const own = spawn('taskset', ['-c', '0', program, 'gateway', '--port', `${listener}`, '--threads', '1', '--kubeconfig', nest.kubeconfigPath], { stdio: ['ignore', 'ignore', 'inherit'] });
      children.push(own);
      const targets = {
        nginx: { url: `http://127.0.0.1:${proxy}/`, pid: await workerOf(children[1].pid) },
        nest: { url: `http://127.0.0.1:${listener}/fn/default/bench/`, pid: own.pid },
      };
      await nest.until(async () => (await status(targets.nest.url)) === 200 && (await status(targets.nginx.url)) === 200, 50);
      for (const connections of [1, 32, 256]) await compare(report, targets, connections);
    });
  } finally {
    for (const child of children) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  }
}

async function compare(report, targets, connections) {
  const best = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, target] of Object.entries(targets)) {
      const result = await load(target, connections);
      if (!best[name] || result.rate > best[name].rate) best[name] = result;
    }
  }
  for (const [name, { rate, cpu, p50, p99 }] of Object.entries(best)) {
    const say = (what, value, unit) => report(`gateway.${name}.c${connections}.${what}`, value, unit, Math.round(rate * seconds), conditions);
    say('requests', rate, '1/s');
    say('cpu', cpu, 'us/request');
    say('p50', p50, 'ms');
    say('p99', p99, 'ms');
  }
  report(`gateway.ratio.c${connections}.requests`, best.nest.rate / best.nginx.rate, 'nest/nginx', rounds, conditions);
  report(`gateway.ratio.c${connections}.p99`, best.nest.p99 / best.nginx.p99, 'nest/nginx', rounds, conditions);
}

async function load(target, connections) {
  const before = await cpuTime(target.pid);
  const { stdout } = await run('taskset', ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', target.url]);
  const cpu = (await cpuTime(target.pid)) - before;
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`errors under load at ${target.url}:\n${stdout}`);
  const requests = Number(stdout.match(/(\d+) requests in/)[1]);
  const distribution = stdout.slice(stdout.indexOf('Latency Distribution'));
  const latency = (share) => milliseconds(distribution.match(new RegExp(`\\b${share}%\\s+(\\S+)`))[1]);
  return { rate: Number(stdout.match(/Requests\/sec:\s+(\S+)/)[1]), cpu: (cpu * 1e6) / requests, p50: latency(50), p99: latency(99) };
}

function milliseconds(text) {
  const [, number, unit] = text.match(/^([\d.]+)(us|ms|s)$/);
  return Number(number) * { us: 1e-3, ms: 1, s: 1000 }[unit];
}

async function workerOf(pid) {
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')[0]);
}

async function nginx(directory, name, core, servers) {
  const file = path.join(directory, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${directory}/${name}-${what};`).join(' ');
  await writeFile(file, `
    worker_processes 1; daemon off; pid ${directory}/${name}.pid; error_log ${directory}/${name}.log;
    events { worker_connections 4096; }
    http { access_log off; keepalive_requests 1000000000; ${temporary} ${servers} }`);
  const child = spawn('taskset', ['-c', `${core}`, 'nginx', '-c', file, '-p', directory], { stdio: ['ignore', 'ignore', 'inherit'] });
  const port = Number(servers.match(/listen 127\.0\.0\.1:(\d+)/)[1]);
  for (const deadline = Date.now() + 10_000; (await status(`http://127.0.0.1:${port}/`)) === 0; ) {
    if (Date.now() > deadline) throw new Error(`nginx (${name}) does not answer`);
  }
  return child;
}

function proxyConfiguration(upstream, port) {
  return `upstream up { server 127.0.0.1:${upstream}; keepalive 512; keepalive_requests 1000000000; }
    server { listen 127.0.0.1:${port}; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`;
}

function endpoints(port) {
  const conditions = { ready: true, serving: true, terminating: false };
  return {
    kind: 'SandboxEndpoints',
    metadata: { name: 'bench' },
    endpoints: [{ sandbox: 'bench-0', revision: '0', address: '127.0.0.1', port, node: 'bench', conditions }],
  };
}

async function status(url) {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
