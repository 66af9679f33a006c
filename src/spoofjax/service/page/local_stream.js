// Running verdicts on live audio by a detector in this browser.

const HOP_SECONDS = 0.5;

export class LocalStream {
  /**
   * `judge` maps the samples of a window at settings.rate, and its end in seconds, to a promise of
   * its verdict. `onVerdict` gets each verdict, `onProblem` the reason for an end.
   */
  constructor(rate, settings, judge, onVerdict, onProblem) {
    this.sourceRate = rate;
    this.settings = settings;
    this.judge = judge;
    this.onVerdict = onVerdict;
    this.onProblem = onProblem;
    this.latest = new Float32Array(0);
    this.total = 0; // samples that have arrived
    this.due = HOP_SECONDS * rate; // the total at which the next verdict is due
    this.isBusy = false;
    this.isClosed = false;
  }

  /** Take an ArrayBuffer of 16-bit samples. */
  send(buffer) {
    const samples = Float32Array.from(new Int16Array(buffer), (sample) => sample / 32768);
    const size = Math.round((this.settings.window / this.settings.rate) * this.sourceRate);
    this.latest = joined(this.latest, samples).slice(-size);
    this.total += samples.length;
    // A verdict that takes longer than a hop makes the next one later, not the line longer.
    if (this.total >= this.due && !this.isBusy) this.judgeLatest();
  }

  async judgeLatest() {
    this.isBusy = true;
    this.due = this.total + HOP_SECONDS * this.sourceRate;
    const [end, seconds] = [this.total, this.latest.length / this.sourceRate];
    try {
      const wave = await resampled(this.latest, this.sourceRate, this.settings.rate);
      const verdict = await this.judge(wave, end / this.sourceRate);
      const times = { start: end / this.sourceRate - seconds, end: end / this.sourceRate };
      if (!this.isClosed) this.onVerdict({ ...verdict, ...times });
    } catch (error) {
      this.close();
      this.onProblem(error.message);
    }
    this.isBusy = false;
  }

  close() {
    this.isClosed = true;
    this.due = Infinity;
  }
}

function joined(first, second) {
  const all = new Float32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Return a copy of samples at another rate. */
async function resampled(samples, from, to) {
  if (from === to) return samples.slice();
  const context = new OfflineAudioContext(1, Math.round((samples.length * to) / from), to);
  const buffer = context.createBuffer(1, samples.length, from);
  buffer.copyToChannel(samples, 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0).slice();
}
