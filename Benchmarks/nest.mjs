// A `nest up` in a temporary directory, its API and its gateway.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, chmod } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnNest } from './program.mjs';

const functions = '/apis/nest.dev/v1alpha1/namespaces/default';
/** A silence of a call that is longer is an error. */
const patience = 60_000;

/** Starts a Nest, hands it to `body`, and stops it whatever happens. */
export async function withNest(body) {
  await inDirectory(async (directory) => {
    const nest = await startNest(directory);
    await untilDone(nest, body);
  });
}

/** Makes a directory that a Nest can keep its data in, hands it to `body`, and removes it whatever happens. */
export async function inDirectory(body) {
  const directory = await mkdtemp(path.join(tmpdir(), 'nest-bench-'));
  await chmod(directory, 0o711);
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Hands a Nest to `body` and stops it whatever happens; after an error it shows the end of the log. */
export async function untilDone(nest, body) {
  try {
    await body(nest);
  } catch (error) {
    console.error((await readFile(path.join(nest.directory, 'log'), 'utf8')).split('\n').slice(-20).join('\n'));
    throw error;
  } finally {
    await nest.stop();
  }
}

/** Starts a Nest on the data that `directory` holds, and returns it once it is ready. */
export async function startNest(directory) {
  const { child, stop } = await spawnNest(directory, ['up', '--data', path.join(directory, 'data'), '--api-port', '0', '--gateway-port', '0']);
  try {
    const line = await Promise.race([
      once(readline.createInterface({ input: child.stdout }), 'line').then(([text]) => text),
      once(child, 'exit').then(() => Promise.reject(new Error('nest up has ended'))),
      sleep(60_000, null, { ref: false }).then(() => Promise.reject(new Error('nest up is not ready within 60 s'))),
    ]);
    const field = (name) => line.match(new RegExp(` ${name}=(\\S+)`))[1];
    const kubeconfig = await readFile(field('kubeconfig'), 'utf8');
    return new Nest({ directory, child, stop, pid: child.pid, gateway: field('gateway'), kubeconfigPath: field('kubeconfig'), kubeconfig });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts the API server alone, with the custom resources of this tree. */
export async function startAPIServer(directory) {
  const { child, stop } = await spawnNest(directory, ['apiserver', '--data', path.join(directory, 'data'), '--port', '0']);
  const kubeconfigPath = path.join(directory, 'data/kubeconfig');
  for (const deadline = Date.now() + 20_000; ; await sleep(20)) {
    if (Date.now() > deadline || child.exitCode !== null) throw new Error('nest apiserver has not started');
    try {
      const kubeconfig = await readFile(kubeconfigPath, 'utf8');
      const nest = new Nest({ directory, child, stop, pid: child.pid, gateway: '', kubeconfigPath, kubeconfig });
      await nest.call('GET', '/readyz', undefined, 'text');
      return nest;
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED') throw error;
    }
  }
}

class Nest {
  constructor({ kubeconfig, ...rest }) {
    Object.assign(this, rest);
    const value = (key) => kubeconfig.match(new RegExp(`${key}: (\\S+)`))[1];
    this.api = value('server');
    this.token = value('token');
    this.agent = new https.Agent({ ca: Buffer.from(value('certificate-authority-data'), 'base64'), keepAlive: true });
    this.web = new http.Agent({ keepAlive: true });
  }

  /** One call of the Kubernetes API; anything but 2xx is an error. */
  async call(method, target, body, form = 'json') {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const options = { method, agent: this.agent, headers: { authorization: `Bearer ${this.token}`, 'content-type': type } };
    const { status, text } = await send(https, this.api + target, options, body && JSON.stringify(body));
    if (status >= 300) throw new Error(`${method} ${target}: ${status} ${text}`);
    return form === 'json' ? JSON.parse(text) : text;
  }

  create(plural, object) {
    return this.call('POST', `${functions}/${plural}`, { apiVersion: 'nest.dev/v1alpha1', ...object });
  }

  remove(plural, name) {
    return this.call('DELETE', `${functions}/${plural}/${name}`);
  }

  async list(plural) {
    return (await this.call('GET', `${functions}/${plural}`)).items;
  }

  /** Creates a function of a package, which answers 'hello' unless told; `more` of its template's spec wins. */
  apply(name, replicas = 1, source = inline(`exports.handler = (req, res) => res.end('hello');`), more = {}) {
    const labels = { app: name };
    const spec = { runtime: 'nodejs', handler: 'index.handler', package: source, ...more };
    return this.create('sandboxdeployments', {
      kind: 'SandboxDeployment',
      metadata: { name },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
  }

  /** Calls back for each change from now on. Returns what ends it. */
  async watch(plural, onEvent) {
    return this.watchLines(`${functions}/${plural}`, (line) => {
      const event = JSON.parse(line);
      onEvent(event.type, event.object);
    });
  }

  /** As `watch`, for any collection, with each event as its line of text. */
  async watchLines(collection, onLine) {
    const { metadata } = await this.call('GET', `${collection}?limit=1`);
    const options = { agent: this.agent, headers: { authorization: `Bearer ${this.token}` } };
    const request = https.get(`${this.api}${collection}?watch=true&resourceVersion=${metadata.resourceVersion}`, options);
    const [response] = await once(request, 'response');
    const lines = readline.createInterface({ input: response });
    lines.on('line', onLine);
    return () => {
      // Cutting the answer short is the way to end a watch.
      lines.on('error', () => {});
      response.on('error', () => {});
      request.destroy();
    };
  }

  async get(target) {
    return (await this.ask(target)).status;
  }

  /** The status and the text of the gateway's answer. */
  ask(target) {
    return send(http, this.gateway + target, { agent: this.web });
  }

  /** Asks every `period` ms until the condition holds; an error after so many seconds, or when Nest has ended. */
  async until(condition, period = 2, seconds = 60) {
    const deadline = Date.now() + seconds * 1000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition}`);
      if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error('nest has ended');
      await sleep(period);
    }
  }
}

/** A package of one file. */
export function inline(code) {
  return { inline: { 'index.js': code } };
}

function send(module, url, options, body) {
  return new Promise((resolve, reject) => {
    const request = module.request(url, { timeout: patience, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`nothing comes from ${url} for ${patience / 1000} s`)));
    request.on('error', reject);
    request.end(body);
  });
}
