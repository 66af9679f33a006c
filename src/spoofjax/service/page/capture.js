// Runs in the audio thread: passes the samples of the microphone on in blocks of about 0.1 s.

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(Math.round(sampleRate / 10));
    this.count = 0;
  }

  process([channels]) {
    for (const sample of channels[0] ?? []) {
      const clipped = Math.max(-1, Math.min(1, sample));
      this.block[this.count++] = Math.round(clipped * 32767);
      if (this.count === this.block.length) {
        this.port.postMessage(this.block.slice());
        this.count = 0;
      }
    }
    return true;
  }
}

registerProcessor("capture", Capture);
