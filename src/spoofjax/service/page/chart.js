// The picture of a recording as a control: a cursor, a selection, mouse, touch and keyboard.

import { GUTTER, colours, drawRecording, prepare, timeAt, xOf } from "./drawing.js";

export class Chart {
  /** `onChange` is called when the cursor or the selection has changed, `onPlay` by Space. */
  constructor(element, onChange, onPlay) {
    this.element = element;
    this.picture = element.querySelector("#picture");
    this.overlay = element.querySelector("#overlay");
    this.onChange = onChange;
    this.onPlay = onPlay;
    this.recording = null;
    this.cursor = 0;
    this.selection = null; // [start, end] in seconds
    new ResizeObserver(() => this.draw()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    element.addEventListener("pointerup", () => this.release());
    element.addEventListener("pointercancel", () => this.release());
    element.addEventListener("keydown", (event) => this.key(event));
  }

  /** Show a recording; see drawRecording. */
  show(recording) {
    this.recording = recording;
    this.cursor = Math.min(this.cursor, recording.seconds);
    this.element.setAttribute("aria-valuemax", recording.seconds.toFixed(1));
    this.draw();
  }

  /** Forget the cursor and the selection. */
  reset() {
    this.cursor = 0;
    this.selection = null;
  }

  moveTo(time) {
    this.cursor = time;
    this.changed();
  }

  select(start, end) {
    const isPart = Math.abs(end - start) > 0.02;
    this.selection = isPart ? [Math.min(start, end), Math.max(start, end)] : null;
    this.changed();
  }

  draw() {
    if (!this.recording || !this.element.clientWidth) return;
    drawRecording(this.picture, this.recording);
    this.changed();
  }

  changed() {
    this.drawOverlay();
    this.element.setAttribute("aria-valuenow", this.cursor.toFixed(1));
    this.element.setAttribute("aria-valuetext", this.description());
    this.onChange();
  }

  description() {
    const part = this.recording?.timeline?.findLast((window) => window.start <= this.cursor);
    const verdict = part ? `, ${part.verdict === "bonafide" ? "bona fide" : part.verdict}` : "";
    return `${this.cursor.toFixed(1)} seconds${verdict}`;
  }

  drawOverlay() {
    const { context, width, height } = prepare(this.overlay);
    if (!this.recording) return;
    const palette = colours();
    const { seconds } = this.recording;
    const bottom = height - 22;
    if (this.selection) {
      const [left, right] = this.selection.map((time) => xOf(time, seconds, width));
      context.fillStyle = palette.text;
      context.globalAlpha = 0.14;
      context.fillRect(left, 0, right - left, bottom);
      context.globalAlpha = 1;
      context.fillRect(left - 1, 0, 2, bottom);
      context.fillRect(right - 1, 0, 2, bottom);
    }
    const x = Math.max(GUTTER, xOf(this.cursor, seconds, width));
    context.fillStyle = palette.text;
    context.fillRect(x - 1, 0, 2, bottom);
    context.beginPath();
    context.arc(x, bottom, 5, 0, 7);
    context.fill();
  }

  timeOf(event) {
    const box = this.element.getBoundingClientRect();
    return timeAt(event.clientX - box.left, this.recording.seconds, box.width);
  }

  press(event) {
    if (!this.recording) return;
    this.element.setPointerCapture(event.pointerId);
    this.pressedAt = this.timeOf(event);
    this.select(0, 0);
    this.moveTo(this.pressedAt);
  }

  drag(event) {
    if (this.pressedAt === undefined) return;
    this.select(this.pressedAt, this.timeOf(event));
  }

  release() {
    this.pressedAt = undefined;
  }

  key(event) {
    if (!this.recording) return;
    const { seconds } = this.recording;
    const step = Math.max(0.1, seconds / 100);
    const moves = { ArrowLeft: -step, ArrowRight: step, PageDown: -10 * step, PageUp: 10 * step };
    if (event.key === " ") this.onPlay();
    else if (event.key === "Escape") this.select(0, 0);
    else if (event.key === "Home") this.moveTo(0);
    else if (event.key === "End") this.moveTo(seconds);
    else if (event.key in moves) this.step(moves[event.key], event.shiftKey);
    else return;
    event.preventDefault();
  }

  step(seconds, extends_) {
    const from = this.cursor;
    this.cursor = Math.max(0, Math.min(this.recording.seconds, from + seconds));
    if (!extends_) {
      this.changed();
      return;
    }
    const [start, end] = this.selection ?? [from, from];
    // The end of the selection at which the cursor stands moves with it.
    const fixed = Math.abs(from - start) < Math.abs(from - end) ? end : start;
    this.select(fixed, this.cursor);
  }
}
