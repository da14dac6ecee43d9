// The reading page: shows a case, takes its answer, keeps it until the server has it, and shows the next.

import { Clock } from "./clock.js";
import { listenToKeys } from "./keys.js";
import { ask, pauseOrReturn, post } from "./sending.js";
import { viewingTools } from "./tools.js";
import { forget, keep, unsent } from "./unsent.js";
import { Viewer } from "./viewer.js";

const element = (id) => document.getElementById(id);
const data = (id) => JSON.parse(element(id).textContent);
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

const sentences = element("sentences").dataset;
const addresses = data("addresses");
const form = element("answer");
const options = data("options");
const viewer = new Viewer(element("stage"), element("radiograph"), element("levels"), options);

let current = data("case");
let ahead = null; // the next case's image, on its way or decoded
const clock = new Clock();
let busy = true; // until the first image is on the screen
let unkept = false; // an answer is on its way that a reload would lose

const tools = viewingTools(viewer, options);

function say(sentence) {
  element("message").textContent = sentence ?? "";
}

function lost(trouble) {
  say(sentences[trouble]);
}

// A promise of the decoded image; it never fails, but says so while the image does not come.
async function decoded(presentation, address) {
  if (ahead?.presentation === presentation) {
    const image = await ahead.image;
    if (image) return image;
  }
  for (;;) {
    const image = await load(address);
    if (image) return image;
    say(sentences.image);
    await pauseOrReturn(2000);
    const state = await ask(addresses.read, () => say(sentences.image));
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
  const image = await decoded(next.presentation, next.image);
  const wasRevising = current.revises !== null;
  current = next;
  viewer.show(image);
  tools.showPressed();
  form.reset();
  for (const radio of form.querySelectorAll("input[type=radio]")) radio.checked = false;
  element("progress").textContent = sentences.progress
    .replace("{number}", next.number)
    .replace("{total}", next.total);
  element("change").hidden = !next.can_change;
  element("keep")?.remove();
  history.replaceState(null, "", addresses.read);
  say(sentence || (options.change && next.number === next.total ? sentences.last : ""));
  if (!wasRevising && isTimeToRest(next.number)) await rest();
  await started();
  loadAhead(next.next);
}

function isTimeToRest(number) {
  return options.break_every > 0 && number > 1 && (number - 1) % options.break_every === 0;
}

// Resolves when the reader goes on.
function rest() {
  element("rest").showModal();
  return new Promise((resolve) => element("rest").addEventListener("close", resolve, { once: true }));
}

// Reading time begins when the image is on the screen, in a low window, too, where the last answer was scrolled to.
async function started() {
  scrollTo(0, 0);
  clock.start();
  element("question").focus({ preventScroll: true });
  setBusy(false);
  await painted();
  clock.start();
  measure("confirmed");
  measure("answered");
}

// How long ago the mark was set, if it was; bench/reading.py reads it.
function measure(mark) {
  if (!performance.getEntriesByName(mark, "mark").length) return;
  performance.measure(`${mark} to painted`, mark);
  performance.clearMarks(mark);
}

// While an answer is on its way, no other can be chosen in its place.
function setBusy(on) {
  busy = on;
  form.setAttribute("aria-busy", on);
  for (const group of form.querySelectorAll("fieldset")) group.disabled = on;
  if (form.elements.remark) form.elements.remark.readOnly = on;
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
  const time = clock.read;
  performance.mark("confirmed");
  await deliver({
    presentation: current.presentation,
    client_key: current.client_key,
    value,
    confidence: confidence && Number(confidence),
    remark: form.elements.remark?.value.trim() ?? "",
    response_ms: time.visible,
    viewer: { ...viewer.use, hidden_ms: time.hidden, hides: time.hides, ...display() },
    revises: current.revises,
  });
}

function display() {
  return { screen_width: screen.width, screen_height: screen.height, pixel_ratio: devicePixelRatio };
}

// Send the answer until the server has spoken, and go where it says. False where it has to be given again.
async function deliver(answer) {
  setBusy(true);
  unkept = !keep(addresses.store, answer);
  const { status, state } = await post(addresses.answer, answer, lost);
  performance.mark("answered");
  unkept = false;
  forget(addresses.store, answer);
  if (status === 400) {
    say(state.message);
    setBusy(false);
    element("question").focus();
    return false;
  }
  const changed = answer.revises === null ? "" : sentences.changed;
  if (state.case?.phase === current.phase) await show(state.case, state.message || changed);
  else if (state.message) stop(state.message);
  else location.assign(addresses.start);
  return true;
}

// A refusal that the next page would not repeat stays until the reader goes on.
function stop(sentence) {
  form.hidden = element("change").hidden = true;
  element("keep")?.remove();
  say(sentence);
  element("onward").hidden = false;
  element("onward").focus();
}

async function begin() {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    confirm();
  });
  form.addEventListener("change", () => say(""));
  listenToKeys({ form, viewer, tools, confirm });
  let moved = false;
  for (const answer of unsent(addresses.store)) {
    say(sentences.resending);
    moved = (await deliver(answer)) || moved;
  }
  if (!moved) await first();
}

// The case that came with the page.
async function first() {
  try {
    await element("radiograph").decode();
    viewer.show(element("radiograph"));
  } catch {
    setBusy(true);
    viewer.show(await decoded(current.presentation, current.image));
    say("");
  }
  await started();
  loadAhead(current.next);
}

addEventListener("beforeunload", (event) => {
  if (unkept) event.preventDefault();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // brought back by the browser, perhaps long after it was left
});
begin();
