// A `nest up` of the release build in a temporary directory, its API and its gateway.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, chmod } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const program = path.join(root, '.build/release/nest');
const functions = '/apis/nest.dev/v1alpha1/namespaces/default';

/** Starts a Nest, hands it to `body`, and stops it whatever happens. */
export async function withNest(body) {
  const directory = await mkdtemp(path.join(tmpdir(), 'nest-bench-'));
  await chmod(directory, 0o711);
  const log = await open(path.join(directory, 'log'), 'a');
  const child = spawn(program, ['up', '--data', path.join(directory, 'data'), '--api-port', '0', '--gateway-port', '0'], {
    stdio: ['ignore', 'pipe', log.fd],
  });
  const exited = once(child, 'exit');
  try {
    const line = await Promise.race([
      once(readline.createInterface({ input: child.stdout }), 'line').then(([text]) => text),
      exited.then(() => Promise.reject(new Error('nest up has ended'))),
    ]);
    const field = (name) => line.match(new RegExp(` ${name}=(\\S+)`))[1];
    const kubeconfig = await readFile(field('kubeconfig'), 'utf8');
    await body(new Nest(child.pid, field('api'), field('gateway'), field('kubeconfig'), kubeconfig));
  } catch (error) {
    console.error((await readFile(path.join(directory, 'log'), 'utf8')).split('\n').slice(-20).join('\n'));
    throw error;
  } finally {
    child.kill('SIGTERM');
    await exited;
    await log.close();
    await rm(directory, { recursive: true, force: true });
  }
}

class Nest {
  constructor(pid, api, gateway, kubeconfigPath, kubeconfig) {
    Object.assign(this, { pid, api, gateway, kubeconfigPath });
    const value = (key) => kubeconfig.match(new RegExp(`${key}: (\\S+)`))[1];
    this.token = value('token');
    this.agent = new https.Agent({ ca: Buffer.from(value('certificate-authority-data'), 'base64'), keepAlive: true });
    this.web = new http.Agent({ keepAlive: true });
  }

  /** One call of the Kubernetes API; anything but 2xx is an error. */
  async call(method, target, body) {
    const options = { method, agent: this.agent, headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' } };
    const { status, text } = await send(https, this.api + target, options, body && JSON.stringify(body));
    if (status >= 300) throw new Error(`${method} ${target}: ${status} ${text}`);
    return JSON.parse(text);
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

  apply(name, replicas = 1) {
    const labels = { app: name };
    const code = `exports.handler = (req, res) => res.end('hello');`;
    const spec = { runtime: 'nodejs', handler: 'index.handler', package: { inline: { 'index.js': code } } };
    return this.create('sandboxdeployments', {
      kind: 'SandboxDeployment',
      metadata: { name },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
  }

  /** Calls back for each change from now on. Returns what ends it. */
  async watch(plural, onEvent) {
    const { metadata } = await this.call('GET', `${functions}/${plural}`);
    const options = { agent: this.agent, headers: { authorization: `Bearer ${this.token}` } };
    const request = https.get(`${this.api}${functions}/${plural}?watch=true&resourceVersion=${metadata.resourceVersion}`, options);
    const [response] = await once(request, 'response');
    const lines = readline.createInterface({ input: response });
    lines.on('line', (line) => {
      const event = JSON.parse(line);
      onEvent(event.type, event.object);
    });
    return () => {
      // Cutting the answer short is the way to end a watch.
      lines.on('error', () => {});
      response.on('error', () => {});
      request.destroy();
    };
  }

  async get(target) {
    return (await send(http, this.gateway + target, { agent: this.web })).status;
  }

  /** Asks every `period` ms until the condition holds; an error after 60 s. */
  async until(condition, period = 2) {
    const deadline = Date.now() + 60_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not within 60 s: ${condition}`);
      await sleep(period);
    }
  }
}

function send(module, url, options, body) {
  return new Promise((resolve, reject) => {
    const request = module.request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
