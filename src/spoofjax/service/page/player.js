// Plays a recording or a part of it.

export class Player {
  /** `onTime` gets the position in seconds while it plays, `onState` whether it plays. */
  constructor(onTime, onState) {
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.stopAt = Infinity;
    this.onTime = onTime;
    const changed = () => onState(!this.audio.paused);
    this.audio.addEventListener("play", () => { changed(); this.follow(); });
    this.audio.addEventListener("pause", changed);
    this.audio.addEventListener("ended", changed);
  }

  /** Take a Blob that holds an audio file. */
  load(recording) {
    this.audio.pause();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(recording);
    this.audio.src = this.url;
  }

  /** Play from `start` to `end`, both in seconds. */
  async play(start, end = Infinity) {
    this.audio.currentTime = start;
    this.stopAt = end;
    await this.audio.play().catch((error) => {
      if (error.name === "NotSupportedError") this.onProblem?.();
    });
  }

  pause() {
    this.audio.pause();
  }

  get isPlaying() {
    return !this.audio.paused;
  }

  follow() {
    if (this.audio.paused) return;
    if (this.audio.currentTime >= this.stopAt) this.audio.pause();
    this.onTime(Math.min(this.audio.currentTime, this.stopAt));
    requestAnimationFrame(() => this.follow());
  }
}
