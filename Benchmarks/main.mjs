// Runs the benchmarks named on the command line, or all, and prints a JSON line for each figure.
import { adopt } from './adopt.mjs';
import { api } from './api.mjs';
import { gateway } from './gateway.mjs';
import { jvm } from './jvm.mjs';
import { memory } from './memory.mjs';
import { packages } from './packages.mjs';
import { perGiB } from './per-gib.mjs';
import { plug } from './plug.mjs';
import { build } from './program.mjs';
import { scaleFromZero } from './scale-from-zero.mjs';
import { scale } from './scale.mjs';
import { start } from './start.mjs';
import { tenThousand } from './ten-thousand.mjs';
import { trace } from './trace.mjs';
import { wake } from './wake.mjs';

const all = {
  start, plug, packages, memory, wake, jvm, api, scale, gateway, adopt,
  'scale-from-zero': scaleFromZero, 'ten-thousand': tenThousand, 'per-gib': perGiB, trace,
};
const names = process.argv.slice(2);
const unknown = names.filter((name) => !all[name]);
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. There are: ${Object.keys(all).join(', ')}`);
  process.exit(2);
}

const report = (name, value, unit, n, conditions) =>
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(4)), unit, n, conditions: `${build()}, ${conditions}` }));

for (const name of names.length > 0 ? names : Object.keys(all)) {
  console.error(`# ${name}`);
  await all[name](report);
}
