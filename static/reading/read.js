// The reading page: shows a case, takes its answer, keeps it until the server has it, and shows the next.

import { listenToKeys } from "./keys.js";
import { ask, pauseOrNetwork, post } from "./sending.js";
import { forget, keep, unsent } from "./unsent.js";
import { Viewer } from "./viewer.js";

const element = (id) => document.getElementById(id);
const data = (id) => JSON.parse(element(id).textContent);
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

const sentences = element("sentences").dataset;
const addresses = data("addresses");
const form = element("answer");
const viewer = new Viewer(element("stage"), element("radiograph"), element("levels"));

let current = data("case");
let ahead = null; // the next case's image, on its way or decoded
let shownAt = performance.now();
let busy = false;

const tools = {
  in: () => viewer.step(1),
  out: () => viewer.step(-1),
  reset() {
    viewer.reset();
    showPressed();
  },
  invert() {
    viewer.invert();
    showPressed();
  },
  window() {
    const button = tool("window");
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    viewer.dragsWindow = on;
  },
  help: () => element("help").showModal(),
};

function tool(name) {
  return element("tools").querySelector(`[data-tool="${name}"]`);
}

function showPressed() {
  tool("invert").setAttribute("aria-pressed", viewer.inverted);
}

function say(sentence) {
  element("message").textContent = sentence ?? "";
}

// A promise of the decoded image; it never fails, but `lost` is called while the image does not come.
async function decoded(presentation, address, lost) {
  if (ahead?.presentation === presentation) {
    const image = await ahead.image;
    if (image) return image;
  }
  for (;;) {
    const image = await load(address);
    if (image) return image;
    lost();
    await pauseOrNetwork(2000);
    const { state } = await ask(addresses.read, lost);
    if (state.case?.presentation !== presentation) location.replace(addresses.start);
    else address = state.case.image;
  }
}

async function load(address) {
  const image = new Image();
  image.className = "radiograph";
  image.id = "radiograph";
  image.alt = element("radiograph").alt;
  image.draggable = false;
  image.src = address;
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  }
}

function loadAhead(next) {
  ahead = next && { presentation: next.presentation, image: load(next.image) };
}

async function show(next, sentence) {
  const image = await decoded(next.presentation, next.image, () => say(sentences.image));
  current = next;
  viewer.show(image);
  showPressed();
  form.reset();
  for (const radio of form.querySelectorAll("input[type=radio]")) radio.checked = false;
  element("progress").textContent = sentences.progress
    .replace("{number}", next.number)
    .replace("{total}", next.total);
  element("change").hidden = !next.can_change;
  element("keep")?.remove();
  history.replaceState(null, "", addresses.read);
  say(sentence);
  await started();
  loadAhead(next.next);
}

// Reading time begins when the image is on the screen.
async function started() {
  shownAt = performance.now();
  element("question").focus({ preventScroll: true });
  busy = false;
  form.removeAttribute("aria-busy");
  await painted();
  shownAt = performance.now();
}

function chosen(name) {
  return form.querySelector(`input[name="${name}"]:checked`)?.value ?? null;
}

async function confirm() {
  if (busy) return;
  const value = chosen("value");
  const asked = form.querySelector("input[name=confidence]");
  const confidence = asked ? chosen("confidence") : null;
  if (value === null || (asked && confidence === null)) {
    say(value === null ? sentences.unanswered : sentences.unsure);
    return;
  }
  const answer = {
    presentation: current.presentation,
    client_key: current.client_key,
    value,
    confidence: confidence && Number(confidence),
    response_ms: Math.round(performance.now() - shownAt),
    viewer: viewer.use,
    revises: current.revises,
  };
  keep(addresses.store, answer);
  await deliver(answer);
}

async function deliver(answer) {
  busy = true;
  form.setAttribute("aria-busy", "true");
  const { status, state } = await post(addresses.answer, answer, () => say(sentences.waiting));
  forget(addresses.store, answer);
  if (state.address) {
    location.assign(state.address);
  } else if (state.case && state.case.phase !== current.phase) {
    location.assign(addresses.start);
  } else if (state.case) {
    await show(state.case, state.message);
  } else {
    say(status === 400 ? state.message : sentences.refused);
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

async function begin() {
  element("tools").hidden = false;
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    confirm();
  });
  form.addEventListener("change", () => say(""));
  element("tools").addEventListener("click", (event) => {
    tools[event.target.closest("[data-tool]")?.dataset.tool]?.();
  });
  listenToKeys({ form, stage: element("stage"), viewer, tools, help: element("help"), confirm });
  const waiting = unsent(addresses.store);
  if (waiting.length) {
    say(sentences.resending);
    for (const answer of waiting) await deliver(answer);
    return;
  }
  try {
    await element("radiograph").decode();
    viewer.show(element("radiograph"));
  } catch {
    busy = true;
    viewer.show(await decoded(current.presentation, current.image, () => say(sentences.image)));
    say("");
  }
  await started();
  loadAhead(current.next);
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // brought back by the browser, perhaps long after it was left
});
begin();
