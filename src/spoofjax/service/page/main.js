// The page: takes a recording from a file or the microphone and shows what the service answers.

import { Chart } from "./chart.js";
import { LocalDetector } from "./local_detector.js";
import { columnOf, outlineOf, recordingOf } from "./outline.js";
import { Player } from "./player.js";
import { Recorder } from "./recorder.js";
import { Service, ServiceError } from "./service.js";
import { showNumbers, showRunning, showSpans, showVerdict } from "./verdict.js";

const byId = (id) => document.getElementById(id);
const LIVE_LIMITS = "A running verdict on the latest seconds. Stop for the whole recording.";
const service = new Service();
const local = new LocalDetector(service, (share) => say(`Listening… ${Math.round(100 * share)} %`));
const player = new Player((time) => chart.moveTo(time), showPlaying);
const chart = new Chart(byId("chart"), showPosition, togglePlay);
let limits = null;
let live = null; // the recorder, connection and timeline of a live recording

player.onProblem = () => say("This browser cannot play this format; the verdict stands.", true);

function say(text, isProblem = false) {
  byId("status").textContent = text;
  byId("status").className = isProblem ? "problem" : "";
  byId("status").hidden = !text;
}

async function connect() {
  try {
    const health = await service.health();
    limits = health.limits;
    byId("detector").textContent = `Detector: ${health.detector}`;
    const megabytes = Math.floor(limits.most_bytes / 2 ** 20);
    const minutes = limits.most_seconds / 60;
    byId("accepted").textContent = `At most ${megabytes} MB and ${+minutes.toFixed(1)} minutes.`;
    byId("token-row").hidden = !health.needs_token;
    byId("in-browser-row").hidden = !health.in_browser;
  } catch (error) {
    byId("detector").textContent = "The service does not answer.";
  }
}

const isLocal = () => byId("in-browser").checked;

async function chooseWhere() {
  byId("at-service").hidden = isLocal();
  byId("at-home").hidden = !isLocal();
  if (!isLocal()) return;
  service.token = byId("token").value;
  say("Loading the detector into this browser…");
  try {
    await local.load();
    say("The detector is in this browser.");
  } catch (error) {
    sayProblem(error);
  }
}

async function judge(recording) {
  if (limits && recording.size > limits.most_bytes) {
    say("This file is too large for the service.", true);
    return;
  }
  say("Listening…");
  service.token = byId("token").value;
  try {
    const answer = await (isLocal() ? local : service).score(recording);
    player.load(recording);
    chart.reset();
    showControls(true);
    showVerdict(answer);
    chart.show(recordingOf(answer));
    showNumbers(answer);
    showSpans(answer.spans, (span) => {
      chart.select(span.start, span.end);
      player.play(span.start, span.end);
    });
    say("");
  } catch (error) {
    byId("verdict").hidden = byId("result").hidden = true;
    sayProblem(error);
  }
}

function sayProblem(error) {
  say(error instanceof ServiceError ? error.message : `The page has a fault: ${error}`, true);
}

async function startSpeaking() {
  service.token = byId("token").value;
  const state = { columns: [], timeline: [], seconds: 0 };
  const onBlock = (block, rate) => {
    state.columns.push(columnOf(block, state.seconds, rate));
    state.seconds += block.length / rate;
    state.connection?.send(block.buffer);
    showLive(state);
  };
  try {
    if (isLocal()) await local.load();
    state.recorder = await Recorder.start(onBlock);
  } catch (error) {
    if (error instanceof ServiceError) sayProblem(error);
    else say(`The microphone cannot be used: ${error.message}`, true);
    return;
  }
  state.connection = connectLive(state);
  live = state;
  player.pause();
  chart.reset();
  byId("speak").setAttribute("aria-pressed", "true");
  byId("speak").textContent = "Stop";
  showControls(false);
  say("Speak now…");
}

/** Return a connection through which verdicts on the latest seconds come. */
function connectLive(state) {
  return (isLocal() ? local : service).live(
    state.recorder.rate,
    (message) => {
      // Windows overlap by far more than half; each counts for the time since the one before it.
      const start = Math.max(message.start, state.timeline.at(-1)?.end ?? message.start);
      state.timeline.push({ ...message, start });
      showRunning(message, LIVE_LIMITS);
    },
    (problem) => say(problem, true),
  );
}

function showControls(isWhole) {
  byId("result").hidden = false;
  for (const part of byId("result").querySelectorAll(".player, #keys, #spans, details")) {
    part.hidden = !isWhole;
  }
}

function showLive({ columns, timeline, seconds }) {
  if (!live) return;
  chart.show({ seconds: Math.max(10, seconds), outline: outlineOf(columns), timeline });
  chart.moveTo(seconds);
}

async function stopSpeaking() {
  const { recorder, connection } = live;
  live = null;
  byId("speak").setAttribute("aria-pressed", "false");
  byId("speak").textContent = "Speak";
  const recording = await recorder.stop();
  connection.close();
  await judge(recording);
}

function togglePlay() {
  if (player.isPlaying) player.pause();
  else if (chart.selection) player.play(...chart.selection);
  else player.play(chart.cursor >= (chart.recording?.seconds ?? 0) - 0.05 ? 0 : chart.cursor);
}

function showPlaying(isPlaying) {
  byId("play").textContent = isPlaying ? "Pause" : "Play";
}

function showPosition() {
  if (!chart.recording) return;
  const { cursor, selection } = chart;
  byId("play-selection").disabled = byId("clear").disabled = !selection;
  const part = selection ? `, selected ${selection.map((t) => t.toFixed(1)).join(" to ")} s` : "";
  byId("position").textContent = `${cursor.toFixed(1)} s${part}`;
}

byId("in-browser").addEventListener("change", chooseWhere);
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", ({ target }) => {
  if (target.files.length) judge(target.files[0]);
  target.value = "";
});
byId("speak").addEventListener("click", () => (live ? stopSpeaking() : startSpeaking()));
byId("play").addEventListener("click", () => {
  if (player.isPlaying) player.pause();
  else player.play(chart.cursor >= chart.recording.seconds - 0.05 ? 0 : chart.cursor);
});
byId("play-selection").addEventListener("click", () => player.play(...chart.selection));
byId("clear").addEventListener("click", () => chart.select(0, 0));
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
}
for (const name of ["dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.remove("dragging");
  });
}
document.addEventListener("drop", (event) => {
  const [dropped] = event.dataTransfer.files;
  if (dropped) judge(dropped);
});
connect();
