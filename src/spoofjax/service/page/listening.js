// Listens to a recording window by window, as the service does, with a model that runs here.

import { UNTRACED, answerOf, judged } from "./answer.js";
import { reasonAgainst } from "./judging.js";
import { picturesOf } from "./pictures.js";
import { windowsOf } from "./timeline.js";

/**
 * Return the answer about a recording.
 *
 * `channels` are Float32Arrays of equal length at settings.rate. `score` maps the samples of a window
 * to a promise of its raw score; `onProgress` gets the share of the windows that have one.
 */
export async function listen(channels, settings, score, onProgress = () => {}) {
  const { rate, window, hop } = settings;
  const samples = mixed(channels);
  const parts = windowsOf(samples.length, window, hop);
  const windows = [];
  for (const [start, end] of parts) {
    const wave = samples.subarray(start, end);
    const loudest = Math.max(...channels.map((channel) => rms(channel.subarray(start, end))));
    const about = { seconds: end / rate, channels: channels.length, loudest };
    windows.push({
      start: start / rate,
      end: end / rate,
      score: await score(wave),
      reason: reasonAgainst(wave, rate, about, settings.judging),
    });
    onProgress(windows.length / parts.length);
  }
  const answer = answerOf(windows, samples.length / rate, settings);
  return { ...answer, pictures: picturesOf(samples, rate, settings.pictures) };
}

/** Return the verdict on a window of live audio that ends `seconds` after the start. */
export async function judgeWindow(wave, seconds, settings, score) {
  const about = { seconds, channels: 1, loudest: 0 };
  const reason = reasonAgainst(wave, settings.rate, about, settings.judging);
  return { ...judged(await score(wave), reason, settings), ...UNTRACED };
}

/** Return the mean of all channels. */
function mixed(channels) {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, n) => (
    channels.reduce((sum, channel) => sum + channel[n], 0) / channels.length
  ));
}

function rms(samples) {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return Math.sqrt(energy / samples.length);
}
