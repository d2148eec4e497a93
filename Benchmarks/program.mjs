// The program that is measured, and its end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants } from './processes.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.resolve(process.env.NEST_BIN_DIR ?? path.join(root, '.build/release'));
/** A `nest up` ends its pods within this time. */
const patience = 60_000;

const running = new Set();

// What is told to end tells its Nest to; a benchmark whose Nest is gone fails, and cleans up as after any error.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    if (running.size === 0) process.exit(1);
    for (const child of running) child.kill('SIGTERM');
  });
}

export const program = path.join(folder, 'nest');

/** What each figure says of the program: how it was built, by the name of its folder. */
export function build() {
  const name = path.basename(realpathSync(folder));
  return name === 'release' || name === 'debug' ? `${name} build` : `programs of ${folder}`;
}

/** Starts the program with its log in `directory`. `stop` waits for its end, and kills it with all that is below it if that does not come. */
export async function spawnNest(directory, words) {
  const log = await open(path.join(directory, 'log'), 'a');
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', log.fd] });
  running.add(child);
  const exited = once(child, 'exit').then(() => running.delete(child));
  const stop = async (signal = 'SIGTERM') => {
    const below = signal === 'SIGKILL' ? [] : await descendants(child.pid);
    child.kill(signal);
    const hasEnded = await Promise.race([exited.then(() => true), sleep(patience, false, { ref: false })]);
    if (!hasEnded) for (const pid of [child.pid, ...below.map((one) => one.pid)]) kill(pid);
    await exited;
    await log.close();
    if (!hasEnded) throw new Error(`nest ${words[0]} has not ended within ${patience / 1000} s after ${signal}, and was killed`);
  };
  return { child, stop };
}

/** Kills a process that may have ended meanwhile. */
export function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
