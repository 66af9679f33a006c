// The outline and the spectrogram of a recording, as the service draws them.

import { Spectrum } from "./spectrum.js";

/** Return {columns, outline, spectrogram, bands, top_hz}; `sizes` are settings.pictures. */
export function picturesOf(samples, rate, sizes) {
  const columns = Math.max(1, Math.min(sizes.columns, Math.floor(samples.length / 80)));
  return {
    columns,
    outline: outline(samples, columns),
    spectrogram: spectrogram(samples, columns, sizes),
    bands: sizes.band_first.length,
    top_hz: rate / 2,
  };
}

/** Return Int8Array (columns, 2): the lowest and the highest sample of each column, in 1/127. */
function outline(samples, columns) {
  const extremes = new Int8Array(2 * columns);
  for (let column = 0; column < columns; column += 1) {
    const start = Math.floor((column * samples.length) / columns);
    const end = Math.floor(((column + 1) * samples.length) / columns);
    let [low, high] = [1, -1];
    for (let n = start; n < end; n += 1) {
      low = Math.min(low, samples[n]);
      high = Math.max(high, samples[n]);
    }
    extremes[2 * column] = Math.round(127 * Math.max(low, -1));
    extremes[2 * column + 1] = Math.round(127 * Math.min(high, 1));
  }
  return extremes;
}

/** Return Uint8Array (bands, columns): the level of each band, `range_db` below the loudest is 0. */
function spectrogram(samples, columns, sizes) {
  const { frame, frames_per_column: averaged, range_db, band_first, band_width } = sizes;
  const spectrum = new Spectrum(frame);
  const decibels = new Float64Array(band_first.length * columns);
  const room = Math.max(0, samples.length - frame);
  const last = Math.max(1, columns * averaged - 1);
  for (let column = 0; column < columns; column += 1) {
    const power = new Float64Array(frame / 2 + 1);
    for (let n = column * averaged; n < (column + 1) * averaged; n += 1) {
      spectrum.power(samples, Math.floor((n * room) / last)).forEach((value, bin) => {
        power[bin] += value / averaged;
      });
    }
    band_first.forEach((first, band) => {
      let total = 0;
      for (let bin = first; bin < first + band_width[band]; bin += 1) total += power[bin];
      decibels[band * columns + column] = 10 * Math.log10(total / band_width[band] + 1e-12);
    });
  }
  const loudest = decibels.reduce((most, level) => Math.max(most, level));
  return Uint8Array.from(decibels, (level) => (
    Math.round(255 * Math.max(0, (level - loudest) / range_db + 1))
  ));
}
