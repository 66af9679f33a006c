// The microphone: blocks of 16-bit samples while it records, and a WAV file of all of them.

export class Recorder {
  /** Ask for the microphone and start; `onBlock` gets each Int16Array of about 0.1 s and its rate. */
  static async start(onBlock) {
    if (!navigator.mediaDevices) {
      throw new Error("A browser gives the microphone to https and localhost pages only.");
    }
    // Processing would hide what a detector listens for.
    const unprocessed = {
      echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1,
    };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: unprocessed });
    const context = new AudioContext();
    await context.audioWorklet.addModule("/page/capture.js");
    await context.resume();
    const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
    context.createMediaStreamSource(stream).connect(node);
    const recorder = new Recorder(stream, context);
    node.port.onmessage = ({ data }) => {
      recorder.blocks.push(data);
      onBlock(data, context.sampleRate);
    };
    return recorder;
  }

  constructor(stream, context) {
    this.stream = stream;
    this.context = context;
    this.blocks = [];
  }

  get rate() {
    return this.context.sampleRate;
  }

  /** Release the microphone; return a WAV file of what was recorded. */
  async stop() {
    this.stream.getTracks().forEach((track) => track.stop());
    await this.context.close();
    return wav(this.blocks, this.rate);
  }
}

function wav(blocks, rate) {
  const bytes = blocks.reduce((total, block) => total + block.byteLength, 0);
  const header = new DataView(new ArrayBuffer(44));
  const text = (offset, word) => {
    [...word].forEach((letter, n) => header.setUint8(offset + n, letter.charCodeAt(0)));
  };
  text(0, "RIFF");
  header.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true); // PCM
  header.setUint16(22, 1, true); // one channel
  header.setUint32(24, rate, true);
  header.setUint32(28, 2 * rate, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  text(36, "data");
  header.setUint32(40, bytes, true);
  return new Blob([header, ...blocks], { type: "audio/wav" });
}
