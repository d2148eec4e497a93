// How long a sandbox takes from its binding to its readiness, by where its package is.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pack, serving } from './archives.mjs';
import { inDirectory, inline, withNest } from './nest.mjs';
import { load } from './processes.mjs';
import { followReadiness, readyOnce } from './readiness.mjs';
import { percentile } from './stats.mjs';

const rounds = 60;
const code = (text) => `exports.handler = (req, res) => res.end('${text}');`;

export async function plug(report) {
  await inDirectory(async (directory) => {
    await serving(directory, async (server) => {
      const kinds = {
        cached: ['in the cache of the machine', async () => inline(code('always the same'))],
        inline: ['inline, a new one each time', async (round) => inline(code(`round ${round}`))],
        url: ['a .tar.zst of one file on a web server on loopback, a new one each time', (round) => archive(directory, round, server)],
      };
      await withNest(async (nest) => {
        const readiness = await followReadiness(nest);
        for (const [kind, [what, packageOf]] of Object.entries(kinds)) {
          const times = [];
          // The first of each kind warms up.
          for (let round = 0; round <= rounds; round++) {
            times.push((await readyOnce(nest, readiness, `${kind}-${round}`, await packageOf(round))).milliseconds);
          }
          const conditions = `one sandbox at a time, a prewarmed Node.js host, the package ${what}; between the two events as a watch sees them; load average ${await load()}`;
          for (const share of [50, 99]) report(`plug.bind-to-ready.${kind}.p${share}`, percentile(times.slice(1), share / 100), 'ms', rounds, conditions);
        }
        readiness.stop();
      });
    });
  });
}

async function archive(directory, round, server) {
  const folder = path.join(directory, `code-${round}`);
  await mkdir(folder);
  await writeFile(path.join(folder, 'index.js'), code(`archive ${round}`));
  return (await pack(folder, path.join(directory, `${round}.tar.zst`), server)).source;
}
