// What an idle Nest, an idle pod and an idle sandbox hold in memory.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { withNest } from './nest.mjs';
import { pss } from './processes.mjs';

const settle = 3000;

export async function memory(report) {
  await withNest(async (nest) => {
    await sleep(settle);
    report('memory.nest-up', await pss([nest.pid]), 'MB', 1, 'idle for 3 s after start, one warm pod, PSS of the nest process');
    const pod = (await descendants(nest.pid)).filter((one) => one.command.includes('nest-agent'));
    report('memory.sidecar-and-shim', await pss(pod.map((one) => one.pid)), 'MB', 1, 'idle pod, PSS of both processes');

    let before = await hosts(nest);
    let plugged = 0;
    for (const count of [1, 10, 50]) {
      for (; plugged < count; plugged++) await nest.apply(`f${plugged}`);
      await nest.until(async () => (await nest.list('sandboxdeployments')).every((one) => one.status?.readyReplicas === 1), 100);
      await sleep(settle);
      const now = await hosts(nest);
      report(`memory.idle-sandbox.${count}`, (now.megabytes - before.megabytes) / count, 'MB', count,
        'Node.js process each, one inline file; growth of the PSS of all hosts over that of the empty warm ones');
    }
  });
}

async function hosts(nest) {
  const found = (await descendants(nest.pid)).filter((one) => one.command.includes('host.js'));
  return { count: found.length, megabytes: await pss(found.map((one) => one.pid)) };
}

/** All processes below one. */
async function descendants(ancestor) {
  const parents = new Map();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8');
      const command = (await readFile(`/proc/${entry}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      parents.set(Number(entry), { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command });
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (pid) => pid === ancestor || (parents.has(pid) && pid > 1 && isBelow(parents.get(pid).parent));
  return [...parents].filter(([pid]) => pid !== ancestor && isBelow(pid)).map(([pid, { command }]) => ({ pid, command }));
}
