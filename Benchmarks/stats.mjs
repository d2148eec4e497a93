/** The value at a share of the sorted samples (nearest rank). */
export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** Reports percentiles of the samples as NAME.p50 and so on; 100 is NAME.max. */
export function reportPercentiles(report, name, samples, conditions, shares = [50, 99]) {
  for (const share of shares) report(`${name}.${share === 100 ? 'max' : `p${share}`}`, percentile(samples, share / 100), 'ms', samples.length, conditions);
}
