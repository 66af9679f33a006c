// The verdict in words, a shape and numbers.

const SHAPES = {
  bonafide: "M16 3a13 13 0 1 0 .01 0z M9 16l5 5 9-10-2-2-7 8-3-3z", // a disc with a tick
  spoof: "M16 2 31 29H1z M14.500 11h3v9h-3z M14.500 22h3v3h-3z", // a triangle with a mark
  unknown: "M16 1 31 16 16 31 1 16z", // a diamond
};

const MEANINGS = {
  bonafide: "No sign of synthesis or conversion outweighs the signs of a living speaker.",
  spoof: "It carries traces that this detector learnt from synthetic and converted speech.",
  unknown: "The detector gives no verdict on this recording.",
};

const NAMES = { bonafide: "bona fide", spoof: "spoof", unknown: "not judged" };

const byId = (id) => document.getElementById(id);

/** Show the answer about a recording. */
export function showVerdict(answer) {
  const section = byId("verdict");
  section.className = answer.verdict;
  section.hidden = false;
  const path = byId("shape").querySelector("path");
  path.setAttribute("d", SHAPES[answer.verdict]);
  path.setAttribute("fill-rule", "evenodd");
  byId("sentence").textContent = answer.sentence;
  byId("meaning").textContent = MEANINGS[answer.verdict] + attackNote(answer);
  byId("limits").textContent = answer.limits + calibrationNote(answer);
}

/** Say by which attack a spoof was made, where the detector traces attacks. */
function attackNote({ attack, likeliest_attack: likeliest }) {
  if (attack === null) return "";
  if (attack === likeliest) return ` Of the attacks it knows, it sounds most like ${attack}.`;
  return ` It sounds like none of the attacks it knows; the nearest one is ${likeliest}.`;
}

function calibrationNote(answer) {
  if (answer.calibrated !== false) return "";
  return " This detector is not calibrated, so its probabilities are rough.";
}

/** Show the verdict on the latest seconds of a live recording. */
export function showRunning(message, limits) {
  const chance = message.p_spoof === null ? "" : `, P(spoof) ${percent(message.p_spoof)}`;
  const words = {
    bonafide: "The latest seconds sound like a person speaking",
    spoof: "The latest seconds sound synthetic or converted",
    unknown: `No verdict on the latest seconds: ${message.reason}`,
  };
  showVerdict({ ...message, sentence: `${words[message.verdict]}${chance}.`, limits });
}

/** Fill the list of numbers, and the table of windows. */
export function showNumbers(answer) {
  const facts = {
    "P(spoof)": answer.p_spoof === null ? "–" : percent(answer.p_spoof),
    "log-likelihood ratio": number(answer.llr),
    "raw score": number(answer.score),
    "bona fide from LLR": number(answer.threshold),
    "prior P(bona fide)": String(answer.prior),
    calibrated: answer.calibrated ? "yes" : "no",
    length: `${answer.seconds.toFixed(2)} s`,
  };
  if (answer.attack !== null) {
    facts.attack = answer.attack;
    facts["likeliest attack"] = answer.likeliest_attack;
    facts["attack score"] = number(answer.attack_score);
  }
  byId("facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [element("dt", name), element("dd", value)]),
  );
  byId("windows").replaceChildren(...answer.timeline.map((window) => {
    const row = document.createElement("tr");
    const judged = window.p_spoof !== null;
    row.append(
      element("td", `${window.start.toFixed(1)} – ${window.end.toFixed(1)}`),
      element("td", judged ? NAMES[window.verdict] : `not judged: ${window.reason}`),
      element("td", judged ? percent(window.p_spoof) : "–"),
      element("td", number(window.llr)),
    );
    return row;
  }));
}

/** Show a button for each span that looks spoofed; `onChoose` gets the span. */
export function showSpans(spans, onChoose) {
  const buttons = spans.map((span) => {
    const times = `${span.start.toFixed(1)} to ${span.end.toFixed(1)} s`;
    const button = element("button", `Hear ${times}, P(spoof) ${percent(span.p_spoof)}`);
    button.type = "button";
    button.addEventListener("click", () => onChoose(span));
    return button;
  });
  byId("spans").replaceChildren(...buttons);
}

function element(tag, text) {
  const created = document.createElement(tag);
  created.textContent = text;
  return created;
}

function number(value) {
  return value === null ? "–" : value.toFixed(3);
}

function percent(fraction) {
  return `${(100 * fraction).toFixed(fraction > 0.001 && fraction < 0.999 ? 1 : 2)} %`;
}
