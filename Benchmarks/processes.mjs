// What processes hold in memory and use of the processor, read from /proc.
import { readFile } from 'node:fs/promises';

/** Proportional set size of all of them together, in MB. */
export async function pss(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    kilobytes += Number(rollup.match(/^Pss:\s+(\d+)/m)[1]);
  }
  return kilobytes / 1024;
}

/** User and system time of a process in seconds. */
export async function cpuTime(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
