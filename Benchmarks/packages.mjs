// How long a sandbox takes from its binding to its readiness when its large package has to be fetched first, by format.
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fillWithModules, formats, pack, serving } from './archives.mjs';
import { inDirectory, withNest } from './nest.mjs';
import { load } from './processes.mjs';
import { between, followReadiness, readyOnce } from './readiness.mjs';
import { percentile } from './stats.mjs';

const [files, bytes, rounds] = [3000, 20e6, 7];

export async function packages(report) {
  await inDirectory(async (directory) => {
    const folder = path.join(directory, 'code');
    await mkdir(folder);
    await fillWithModules(folder, files, bytes);
    await serving(directory, async (server) => {
      await withNest(async (nest) => {
        const readiness = await followReadiness(nest);
        const times = Object.fromEntries(formats.map((format) => [format, []]));
        const shares = Object.fromEntries(formats.map((format) => [format, []]));
        const sizes = {};
        // In turn, so that what else the machine does falls on all of them.
        for (let round = 0; round < rounds; round++) {
          for (const [index, format] of formats.entries()) {
            await appendFile(path.join(folder, 'index.js'), `\n// ${round} ${format}`);
            const { source, bytes } = await pack(folder, path.join(directory, `${round}${format}`), server);
            const { milliseconds, sandbox } = await readyOnce(nest, readiness, `p${round}-${index}`, source);
            times[format].push(milliseconds);
            shares[format].push(between(sandbox, 'Bound', 'PackageReady') / between(sandbox, 'Bound', 'Ready'));
            sizes[format] = bytes;
          }
        }
        readiness.stop();
        for (const format of formats) {
          const conditions = `one sandbox at a time, a prewarmed Node.js host, ${files} files of source-like text, ${bytes / 1e6} MB, as ${(sizes[format] / 1e6).toFixed(1)} MB of ${format} on a web server on loopback, a new one each time; load average ${await load()}`;
          for (const [name, share] of [['p50', 0.5], ['max', 1]]) report(`packages.bind-to-ready${format}.${name}`, percentile(times[format], share), 'ms', rounds, `${conditions}; between the two events as a watch sees them`);
          report(`packages.fetch-and-unpack${format}.share`, percentile(shares[format], 0.5), 'of bind-to-ready', rounds, `${conditions}; median, from the times in the sandbox's status`);
        }
      });
    });
  });
}
