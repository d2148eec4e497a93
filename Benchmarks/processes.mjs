// What processes hold in memory and use of the processor, read from /proc.
import { readdir, readFile } from 'node:fs/promises';

/** Proportional set size of all of them together, in MB. */
export async function pss(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    kilobytes += Number(rollup.match(/^Pss:\s+(\d+)/m)[1]);
  }
  return kilobytes / 1024;
}

/** Proportional set size and page tables of all of them together, in MB: what a machine has less because of them. */
export async function held(pids) {
  let kilobytes = 0;
  for (const pid of pids) kilobytes += Number((await readFile(`/proc/${pid}/status`, 'utf8')).match(/^VmPTE:\s+(\d+)/m)[1]);
  return (await pss(pids)) + kilobytes / 1024;
}

/** How many descriptors a process has open. */
export async function descriptors(pid) {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** User and system time of a process in seconds. */
export async function cpuTime(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** All processes below one, with their command lines. */
export async function descendants(ancestor) {
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

/** The load average of the last minute: what else the machine was doing. */
export async function load() {
  return (await readFile('/proc/loadavg', 'utf8')).split(' ')[0];
}
