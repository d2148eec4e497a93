// Packages for benchmarks, and a web server on loopback that has them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What bsdtar has to be told for each format. */
const options = { '.tar.zst': ['--zstd'], '.tar.lz4': ['--lz4'], '.tar.gz': ['--gzip'], '.zip': ['--format', 'zip'] };

export const formats = Object.keys(options);

/** Packs a directory; the ending of the file's name says how. Returns what a spec says as `package`, and the size. */
export async function pack(directory, file, server) {
  const format = formats.find((ending) => file.endsWith(ending));
  await run('bsdtar', ['-C', directory, ...options[format], '-cf', file, '.']);
  const sha256 = createHash('sha256').update(await readFile(file)).digest('hex');
  return { source: { url: `${server.url}/${path.basename(file)}`, sha256 }, bytes: (await stat(file)).size };
}

/** Serves the files of a directory, whole or in ranges, while `body` runs. */
export async function serving(directory, body) {
  const server = http.createServer(async (request, response) => {
    const file = path.join(directory, path.basename(request.url));
    const { size } = await stat(file);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const range = from === undefined ? { start: 0, end: size - 1 } : { start: Number(from), end: Math.min(Number(to || size - 1), size - 1) };
    const headers = { 'content-length': range.end - range.start + 1, 'accept-ranges': 'bytes', etag: `"${size}"` };
    if (from !== undefined) headers['content-range'] = `bytes ${range.start}-${range.end}/${size}`;
    response.writeHead(from === undefined ? 200 : 206, headers);
    createReadStream(file, range).pipe(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await body({ url: `http://127.0.0.1:${server.address().port}` });
  } finally {
    server.closeAllConnections();
    await once(server.close(), 'close');
  }
}

/** Fills a directory with `count` modules of source-like text, `bytes` in all, and an index.js that serves. */
export async function fillWithModules(directory, count, bytes) {
  const words = 'const let return function module exports require value result options callback error null undefined this'.split(' ');
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let index = 0; index < count; index++) {
    const folder = path.join(directory, 'node_modules', `module-${Math.floor(index / 20)}`, 'lib');
    await mkdir(folder, { recursive: true });
    let text = '';
    // Two names of one's own to each word of the language: compresses about as source does.
    while (text.length < bytes / count) text += `${words[Math.floor(random() * words.length)]} ${random().toString(36).slice(2, 8)} ${random().toString(36).slice(2, 5)};\n`;
    await writeFile(path.join(folder, `part-${index % 20}.js`), text);
  }
  await writeFile(path.join(directory, 'index.js'), `exports.handler = (req, res) => res.end('hello');`);
}
