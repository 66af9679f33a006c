// Outlines of waveforms and spectrograms, from an answer or from the microphone.

/** Return what drawRecording draws of an answer of the service or of this browser. */
export function recordingOf(answer) {
  const { pictures, seconds } = answer;
  const extremes = new Int8Array(bytes(pictures.outline).buffer);
  const width = seconds / pictures.columns;
  const columns = Array.from({ length: pictures.columns }, (_, n) => [
    extremes[2 * n] / 127, extremes[2 * n + 1] / 127, n * width, (n + 1) * width,
  ]);
  return {
    seconds,
    outline: outlineOf(columns),
    spectrogram: {
      levels: bytes(pictures.spectrogram),
      columns: pictures.columns,
      bands: pictures.bands,
      topHz: pictures.top_hz,
    },
    timeline: answer.timeline,
    threshold: answer.threshold,
  };
}

/** Return the outline of columns [low, high, start, end]. */
export function outlineOf(columns) {
  const peak = columns.reduce((most, [low, high]) => Math.max(most, -low, high), 0);
  return { columns, peak };
}

/** Return the column of a block of 16-bit samples that starts at `start` seconds. */
export function columnOf(block, start, rate) {
  let [low, high] = [0, 0];
  for (const sample of block) {
    low = Math.min(low, sample);
    high = Math.max(high, sample);
  }
  return [low / 32768, high / 32768, start, start + block.length / rate];
}

/** Return the bytes of a picture: an array, or base64 where the service sends it. */
function bytes(picture) {
  if (typeof picture !== "string") return picture;
  return Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
}
