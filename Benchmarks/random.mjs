// Numbers that look random and are the same each time (mulberry32).

/** The seed of this run, which is printed with its figures. */
export const seed = Number(process.env.NEST_SEED ?? 1);

/** Numbers from 0 up to 1. */
export function random(from = seed) {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Some of all, each at most once, in random order. */
export function pick(all, count, next) {
  const rest = [...all];
  return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(Math.floor(next() * rest.length), 1)[0]);
}

/** Indexes below `count`, of which number i is as likely as 1 / (i + 1) says (Zipf's law). */
export function zipf(count, next) {
  const sums = [];
  for (let index = 0; index < count; index++) sums.push((sums.at(-1) ?? 0) + 1 / (index + 1));
  return () => {
    const wanted = next() * sums.at(-1);
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Moments below `end` at which something happens `rate` times a second, independently of one another (Poisson), in seconds. */
export function arrivals(rate, end, next) {
  const moments = [];
  for (let now = 0; ; ) {
    now -= Math.log(1 - next()) / rate;
    if (now >= end) return moments;
    moments.push(now);
  }
}
