// Windows of a recording, and what follows from their scores for all of it.

/**
 * Return [start, end] of each window in samples, in order.
 *
 * Each is `size` samples long and begins `hop` samples after the one before it. The last one ends
 * where the recording ends. A recording shorter than a window has one, which is all of it.
 */
export function windowsOf(length, size, hop) {
  const windows = [];
  for (let start = 0; start + size <= length; start += hop) windows.push([start, start + size]);
  if ((windows.at(-1)?.[1] ?? 0) < length) windows.push([Math.max(0, length - size), length]);
  return windows;
}

/** Return the score of a recording from those of its windows. */
export function pooled(values, pooling) {
  if (pooling === "start") return values[0];
  if (pooling === "lowest") return values.reduce((least, value) => Math.min(least, value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Return [{start, end, llr}]: for each moment the mean of the judged windows that hold it. */
export function moments(timeline) {
  const edges = [...new Set(timeline.flatMap((w) => [w.start, w.end]))].sort((a, b) => a - b);
  return edges.slice(1).map((end, n) => {
    const start = edges[n];
    const inside = timeline.filter((w) => w.start < end && w.end > start && w.llr !== null);
    const total = inside.reduce((sum, w) => sum + w.llr, 0);
    return { start, end, llr: inside.length ? total / inside.length : null };
  });
}

/** Return [{start, end, llr}]: the longest parts in which `isSpoof` is true of every moment. */
export function spansOf(timeline, isSpoof) {
  const spans = [];
  for (const { start, end, llr } of moments(timeline)) {
    if (llr === null || !isSpoof(llr)) continue;
    if (spans.at(-1)?.end !== start) spans.push({ start, end: start, weighted: 0 });
    const span = spans.at(-1);
    span.end = end;
    span.weighted += llr * (end - start);
  }
  return spans.map(({ start, end, weighted }) => ({ start, end, llr: weighted / (end - start) }));
}
