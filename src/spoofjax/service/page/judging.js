// Whether a window holds enough to be judged. The service decides by the same rules, in Python.

import { decimals, percent, signed, thousands } from "./numbers.js";
import { Spectrum } from "./spectrum.js";

/**
 * Return why a window cannot be judged, or null where it can.
 *
 * `wave` has the mixed samples and `loudest` the RMS of the loudest channel; `seconds` is the length
 * of the recording up to the end of the window. `limits` are settings.judging.
 */
export function reasonAgainst(wave, rate, { seconds, channels, loudest }, limits) {
  if (seconds < limits.least_seconds) {
    const least = limits.least_seconds;
    return `only ${decimals(seconds, 2)} s of audio; at least ${least} s are needed`;
  }
  const { mean, deviation, swing } = statistics(wave);
  if (channels > 1 && Math.hypot(mean, deviation) < (0.2 * loudest) / channels) {
    return "the channels cancel each other when they are mixed";
  }
  if (swing === 0) return "digital silence: all samples are equal";
  if (swing < limits.quiet) return "nearly silent: no sample is louder than -60 dBFS";
  return unlikeOffset(mean, deviation, limits)
    ?? unlikeLevel(deviation, limits)
    ?? notSpeech(wave, mean, rate, limits);
}

function statistics(wave) {
  let [total, low, high] = [0, Infinity, -Infinity];
  for (const sample of wave) {
    total += sample;
    low = Math.min(low, sample);
    high = Math.max(high, sample);
  }
  const mean = total / wave.length;
  const squares = wave.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / wave.length), swing: high - low };
}

function unlikeOffset(mean, deviation, limits) {
  if (Math.abs(mean) <= limits.dc_limit * deviation) return null;
  const share = percent(Math.abs(mean) / deviation);
  const text = `a DC offset of ${signed(mean, 3)}, ${share} of the signal's RMS`;
  const heard = limits.dc_in_training;
  return heard === null ? text : `${text}; in training it was at most ${percent(heard, 1)}`;
}

function unlikeLevel(deviation, limits) {
  if (limits.level_in_training === null) return null;
  const level = 20 * Math.log10(deviation);
  const [lowest, highest] = limits.level_in_training;
  const margin = limits.level_margin;
  if (lowest - margin <= level && level <= highest + margin) return null;
  const range = `${decimals(lowest, 0)} to ${decimals(highest, 0)} dBFS`;
  return `a level of ${decimals(level, 0)} dBFS; in training it was ${range}`;
}

function notSpeech(wave, mean, rate, limits) {
  const frames = framePowers(wave.map((sample) => sample - mean), limits.frame);
  if (!frames.length) return null; // the detector hears less than a frame
  const hertz = frames[0].map((_, n) => ((n + 1) * rate) / limits.frame);
  const average = hertz.map((_, n) => sum(frames.map((power) => power[n])) / frames.length);
  const total = sum(average);
  const [lowest, highest] = limits.speech_hz;
  const inSpeech = average.filter((_, n) => hertz[n] >= lowest && hertz[n] <= highest);
  if (sum(inSpeech) < limits.speech_share * total) {
    const range = `${thousands(lowest)} and ${thousands(highest)} Hz`;
    const share = percent(limits.speech_share);
    return `no speech-like energy: less than ${share} of it lies between ${range}`;
  }
  const peak = average.indexOf(average.reduce((most, power) => Math.max(most, power)));
  const aroundPeak = average.slice(Math.max(peak - 2, 0), peak + 3);
  if (sum(aroundPeak) > 0.99 * total && isSteady(frames)) {
    return `no speech-like energy: a single steady tone near ${thousands(hertz[peak])} Hz`;
  }
  const logarithms = average.map((power) => Math.log(power + 1e-30));
  const flatness = Math.exp(sum(logarithms) / average.length) / (total / average.length);
  const isNoise = flatness > 0.9 && isSteady(frames);
  return isNoise ? "no speech-like energy: steady white noise" : null;
}

/** Return the power of each frame in all bins but that of 0 Hz. */
function framePowers(wave, size) {
  const spectrum = new Spectrum(size);
  const count = Math.floor(wave.length / size);
  return Array.from({ length: count }, (_, n) => [...spectrum.power(wave, n * size).slice(1)]);
}

/** Whether the level hardly changes from frame to frame; that of speech varies by 16 dB. */
function isSteady(frames) {
  const levels = frames.map((power) => 10 * Math.log10(sum(power) + 1e-30)).sort((a, b) => a - b);
  return quantile(levels, 0.95) - quantile(levels, 0.05) < 3;
}

/** Return a quantile of values in ascending order, by linear interpolation. */
function quantile(values, share) {
  const place = share * (values.length - 1);
  const first = Math.floor(place);
  const next = values[Math.min(first + 1, values.length - 1)];
  return values[first] + (place - first) * (next - values[first]);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
