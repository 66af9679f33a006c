// Draws waveform, spectrogram and score over one time axis.

import { moments } from "./timeline.js";

export const GUTTER = 54; // pixels left of the time axis, for labels
const MARGIN = 10;
const AXIS = 22;
const GAP = 12;
const SHARES = { wave: 0.22, spectrum: 0.4, score: 0.38 }; // of the height

/** Return the x position of a time, in CSS pixels of a chart that is `width` wide. */
export function xOf(time, seconds, width) {
  return GUTTER + (time / seconds) * (width - GUTTER - MARGIN);
}

/** Return the time at an x position, within the recording. */
export function timeAt(x, seconds, width) {
  const time = ((x - GUTTER) / (width - GUTTER - MARGIN)) * seconds;
  return Math.max(0, Math.min(seconds, time));
}

/** Return a canvas's context in CSS pixels, and the size of the canvas. */
export function prepare(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, width, height };
}

/** Return the colours of the style sheet, which follow the light or dark theme. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["text", "soft", "line", "bonafide", "spoof", "unknown", "low", "middle", "high"];
  return Object.fromEntries(names.map((n) => [n, style.getPropertyValue(`--${n}`).trim()]));
}

/** Draw a recording: {seconds, outline, spectrogram, timeline, threshold}; parts may be absent. */
export function drawRecording(canvas, recording) {
  const { context, width, height } = prepare(canvas);
  const palette = colours();
  const chart = { context, palette, width, seconds: recording.seconds };
  context.font = "12px system-ui, 'DejaVu Sans', sans-serif";
  const areas = areasOf(height, Boolean(recording.spectrogram));
  for (const area of Object.values(areas)) frame(chart, area);
  drawOutline(chart, areas.wave, recording.outline);
  if (areas.spectrum) drawSpectrogram(chart, areas.spectrum, recording.spectrogram);
  drawScore(chart, areas.score, recording.timeline ?? [], recording.threshold ?? 0);
  drawTimes(chart, areas.score.top + areas.score.height);
}

/** Return {top, height} of each part of the picture. */
function areasOf(height, hasSpectrum) {
  const parts = Object.entries(SHARES).filter(([name]) => hasSpectrum || name !== "spectrum");
  const total = parts.reduce((sum, [, share]) => sum + share, 0);
  const room = height - AXIS - GAP * (parts.length - 1);
  let top = 0;
  return Object.fromEntries(parts.map(([name, share]) => {
    const area = { top, height: (share / total) * room };
    top += area.height + GAP;
    return [name, area];
  }));
}

function frame({ context, palette, width }, area) {
  context.strokeStyle = palette.line;
  context.strokeRect(GUTTER, area.top + 0.5, width - GUTTER - MARGIN, area.height - 1);
}

function write(context, colour, text, x, y, align = "right") {
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

function drawOutline({ context, palette, width, seconds }, area, outline) {
  write(context, palette.soft, "wave", GUTTER - 6, area.top + area.height / 2);
  context.fillStyle = palette.text;
  const centre = area.top + area.height / 2;
  const scale = (area.height / 2 - 2) / (outline.peak || 1);
  outline.columns.forEach(([low, high, start, end]) => {
    const left = xOf(start, seconds, width);
    const right = Math.max(xOf(end, seconds, width), left + 0.7);
    const top = centre - high * scale;
    context.fillRect(left, top, right - left, Math.max((high - low) * scale, 1));
  });
}

function drawSpectrogram({ context, palette, width }, area, { levels, columns, bands, topHz }) {
  const image = new ImageData(columns, bands);
  const shades = ramp([palette.low, palette.middle, palette.high]);
  for (let band = 0; band < bands; band += 1) {
    for (let column = 0; column < columns; column += 1) {
      const pixel = 4 * ((bands - 1 - band) * columns + column);
      image.data.set(shades[levels[band * columns + column]], pixel);
    }
  }
  const small = document.createElement("canvas");
  small.width = columns;
  small.height = bands;
  small.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  const inner = width - GUTTER - MARGIN;
  context.drawImage(small, GUTTER, area.top, inner, area.height);
  write(context, palette.soft, "kHz", GUTTER - 6, area.top + 7);
  const mel = (hertz) => Math.log10(1 + hertz / 700);
  for (const kilo of [1, 2, 4]) {
    const y = area.top + area.height * (1 - mel(1000 * kilo) / mel(topHz));
    if (1000 * kilo < topHz) write(context, palette.soft, String(kilo), GUTTER - 6, y);
  }
}

/** Return 256 colours [r, g, b, a] along a list of '#rrggbb'. */
function ramp(stops) {
  const points = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (points.length - 1);
    const first = Math.min(Math.floor(place), points.length - 2);
    const share = place - first;
    return [...points[first].map((v, n) => v + share * (points[first + 1][n] - v)), 255];
  });
}

function drawScore(chart, area, timeline, threshold) {
  const { context, palette, width, seconds } = chart;
  const parts = moments(timeline);
  const reach = Math.max(4, ...parts.map((p) => Math.abs((p.llr ?? 0) - threshold))) * 1.1;
  const middle = area.top + area.height / 2;
  const yOf = (llr) => middle - ((llr - threshold) / reach) * (area.height / 2 - 2);
  write(context, palette.bonafide, "● real", GUTTER - 6, area.top + 12);
  write(context, palette.spoof, "▲ spoof", GUTTER - 6, area.top + area.height - 12);
  for (const { start, end, llr } of parts) {
    const left = xOf(start, seconds, width);
    const right = xOf(end, seconds, width);
    if (llr === null) {
      context.fillStyle = palette.line;
      context.fillRect(left, middle - 3, right - left, 6);
      continue;
    }
    const isSpoof = llr < threshold;
    const y = yOf(llr);
    context.fillStyle = isSpoof ? palette.spoof : palette.bonafide;
    context.globalAlpha = 0.25;
    context.fillRect(left, Math.min(y, middle), right - left, Math.abs(y - middle));
    context.globalAlpha = 1;
    if (isSpoof) hatch(context, palette.spoof, left, middle, right - left, y - middle);
    context.fillStyle = isSpoof ? palette.spoof : palette.bonafide;
    context.fillRect(left, y - (isSpoof ? 2 : 1), right - left, isSpoof ? 4 : 2);
  }
  context.strokeStyle = palette.soft;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(GUTTER, middle);
  context.lineTo(width - MARGIN, middle);
  context.stroke();
  context.setLineDash([]);
}

/** Fill a box with diagonal lines: a spoofed part is told by them without its colour. */
function hatch(context, colour, left, top, width, height) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  const first = Math.floor((left - height) / 8) * 8; // the lines of neighbours meet
  for (let x = first; x < left + width; x += 8) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

function drawTimes({ context, palette, width, seconds }, top) {
  const most = Math.max(2, Math.floor((width - GUTTER) / 70));
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
  const step = steps.find((size) => seconds / size <= most) ?? 600;
  for (let n = 0; n * step <= seconds + 1e-6; n += 1) {
    const x = xOf(n * step, seconds, width);
    context.fillStyle = palette.line;
    context.fillRect(x, top, 1, 5);
    const text = Number((n * step).toFixed(1)) + (n ? "" : " s");
    if (x < width - 12) write(context, palette.soft, text, x, top + 14, "center");
  }
}
