// The answer about a recording that this browser has heard, with the fields of the service's.

import { decimals, percent } from "./numbers.js";
import { pooled, spansOf } from "./timeline.js";

const WORDS = {
  spoof: "sounds synthetic or converted",
  bonafide: "sounds like a person speaking",
  unknown: "is too close to call",
};

/** The fields of an attack: the model in this browser traces none. */
export const UNTRACED = { attack: null, likeliest_attack: null, attack_score: null };

/**
 * Return the answer about a recording of `seconds`.
 *
 * `windows` are [{start, end, score, reason}], start and end in seconds; `settings` are those that
 * the service sent.
 */
export function answerOf(windows, seconds, settings) {
  const { rule, pooling, limits } = settings;
  const timeline = windows.map(({ start, end, score, reason }) => (
    { start, end, ...judged(score, reason, settings) }
  ));
  const unfit = windows.every(({ reason }) => reason !== null) ? windows[0].reason : null;
  const heard = unfit === null ? windows.filter(({ reason }) => reason === null) : windows;
  const score = pooled(heard.map((window) => window.score), pooling);
  const verdict = judged(score, unfit, settings);
  const spans = spansOf(timeline, (llr) => verdictOf(llr, rule) === "spoof");
  const end = Math.max(...windows.map((window) => window.end));
  for (const span of spans) span.p_spoof = probability(span.llr, rule.prior);
  return {
    ...verdict,
    ...UNTRACED,
    sentence: sentence(verdict, spans, end),
    limits,
    pooling,
    seconds: toMilliseconds(seconds),
    heard: toMilliseconds(end),
    calibrated: rule.calibrated,
    prior: rule.prior,
    threshold: rule.threshold,
    spoof_above: rule.spoof_above,
    timeline: timeline.map(withRoundTimes),
    spans: spans.map(withRoundTimes),
  };
}

/** Return verdict, reason, score, llr and p_spoof of a score. */
export function judged(score, reason, { scale, offset, rule }) {
  const isFinite = Number.isFinite(score);
  const problem = reason ?? (isFinite ? null : `the model gave the score ${score}`);
  if (problem !== null) {
    const value = isFinite ? score : null;
    return { verdict: "unknown", reason: problem, score: value, llr: null, p_spoof: null };
  }
  const llr = scale * score + offset;
  const verdict = verdictOf(llr, rule);
  const band = verdict === "unknown" ? "no verdict costs least here (abstain band)" : null;
  return { verdict, reason: band, score, llr, p_spoof: probability(llr, rule.prior) };
}

function verdictOf(llr, { abstain: [low, high] }) {
  if (low <= llr && llr < high) return "unknown";
  return llr >= high ? "bonafide" : "spoof";
}

/** Return P(spoof) of a natural-log likelihood ratio at a prior P(bona fide). */
function probability(llr, prior) {
  return 1 / (1 + Math.exp(llr + Math.log(prior / (1 - prior))));
}

function sentence(verdict, spans, heard) {
  if (verdict.p_spoof === null) return `This recording cannot be judged: ${verdict.reason}.`;
  const chance = `the probability of a spoof is ${inWords(verdict.p_spoof)}`;
  const text = `This recording ${WORDS[verdict.verdict]}: ${chance}`;
  const length = (span) => span.end - span.start;
  const [longest] = [...spans].sort((a, b) => length(b) - length(a));
  if (!longest || length(longest) >= heard - 0.1) return `${text}.`;
  const part = `from ${decimals(longest.start, 1)} to ${decimals(longest.end, 1)} s`;
  return `${text}; ${part} it is ${inWords(longest.p_spoof)}.`;
}

function inWords(share) {
  if (share < 0.01) return "below 1%";
  return share > 0.99 ? "above 99%" : percent(share);
}

function withRoundTimes(part) {
  return { ...part, start: toMilliseconds(part.start), end: toMilliseconds(part.end) };
}

function toMilliseconds(seconds) {
  return Math.round(1000 * seconds) / 1000;
}
