// The detector in this browser: no request holds any audio.

import { LocalStream } from "./local_stream.js";
import { ServiceError } from "./service.js";

export class LocalDetector {
  /** `service` is asked for the model, once; `onProgress` gets the share of a recording heard. */
  constructor(service, onProgress) {
    this.service = service;
    this.onProgress = onProgress;
    this.loading = null;
    this.tasks = new Map(); // {resolve, fail} of each task that the worker has not ended
    this.count = 0;
  }

  /** Load the model unless it is loaded. Throws ServiceError. */
  load() {
    this.loading ??= this.loaded().catch((error) => {
      this.loading = null; // so that the next call tries again, such as with a token
      throw error;
    });
    return this.loading;
  }

  async loaded() {
    const [settings, model] = await Promise.all([this.service.settings(), this.service.model()]);
    this.settings = settings;
    this.worker?.terminate();
    this.worker = new Worker("/page/worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = ({ message }) => {
      for (const task of this.tasks.values()) task.fail(message ?? "its worker does not start");
      this.tasks.clear();
    };
    await this.ask({ task: "load", settings, model }, [model.buffer]);
  }

  /** Return the answer about a Blob that holds an audio file. Throws ServiceError. */
  async score(recording) {
    await this.load();
    const channels = await decode(recording, this.settings);
    return this.ask({ task: "listen", channels }, channels.map((channel) => channel.buffer));
  }

  /** Open a stream of live audio; `onVerdict` and `onProblem` are those of service.live. */
  live(rate, onVerdict, onProblem) {
    const judge = (wave, seconds) => this.ask({ task: "judge", wave, seconds }, [wave.buffer]);
    return new LocalStream(rate, this.settings, judge, onVerdict, onProblem);
  }

  /** Send a task to the worker; return its result. Throws ServiceError. */
  ask(message, transferred) {
    const number = this.count++;
    return new Promise((resolve, reject) => {
      const fail = (text) => reject(new ServiceError(`This browser cannot listen: ${text}.`));
      this.tasks.set(number, { resolve, fail });
      this.worker.postMessage({ ...message, number }, transferred);
    });
  }

  receive(message) {
    if ("share" in message) {
      this.onProgress(message.share);
      return;
    }
    const task = this.tasks.get(message.number);
    this.tasks.delete(message.number);
    if ("problem" in message) task.fail(message.problem);
    else task.resolve(message.result);
  }
}

/** Return the channels of an audio file as Float32Arrays at settings.rate. Throws ServiceError. */
async function decode(recording, { rate, most_seconds }) {
  let buffer;
  try {
    // A context resamples what it decodes to its own rate.
    const context = new OfflineAudioContext(1, 1, rate);
    buffer = await context.decodeAudioData(await recording.arrayBuffer());
  } catch {
    throw new ServiceError("The file is not readable as audio by this browser.");
  }
  if (buffer.duration > most_seconds) {
    throw new ServiceError(`The file is longer than ${most_seconds} s.`);
  }
  const channels = Array.from(
    { length: buffer.numberOfChannels }, (_, n) => buffer.getChannelData(n).slice(),
  );
  if (channels.some((channel) => channel.some((sample) => !Number.isFinite(sample)))) {
    throw new ServiceError("The file holds NaN or infinite samples. Render it again.");
  }
  return channels;
}
