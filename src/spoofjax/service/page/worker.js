// Runs the model in a thread of its own, so that the page answers while it listens.

import * as runtime from "/onnxruntime/ort.wasm.bundle.min.mjs";
import { judgeWindow, listen } from "./listening.js";

runtime.env.wasm.wasmPaths = { wasm: "/onnxruntime/ort-wasm-simd-threaded.wasm" };
runtime.env.wasm.numThreads = 1; // more need headers that keep other sites' windows apart

let session = null;
let settings = null;

async function score(wave) {
  const waveform = new runtime.Tensor("float32", wave, [1, wave.length]);
  const lengths = new runtime.Tensor("int32", Int32Array.of(wave.length), [1]);
  const outputs = await session.run({ waveform, lengths });
  return outputs.score.data[0];
}

const tasks = {
  async load({ model, settings: sent }) {
    settings = sent;
    session = await runtime.InferenceSession.create(model, { executionProviders: ["wasm"] });
  },
  judge: ({ wave, seconds }) => judgeWindow(wave, seconds, settings, score),
  listen: ({ channels }) => listen(channels, settings, score, (share) => postMessage({ share })),
};

async function perform(message) {
  const { number, task } = message;
  try {
    postMessage({ number, result: await tasks[task](message) });
  } catch (error) {
    postMessage({ number, problem: String(error.message ?? error) });
  }
}

let last = Promise.resolve();
onmessage = ({ data }) => {
  last = last.then(() => perform(data)); // one task after the other
};
