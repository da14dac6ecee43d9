// The radiograph on its stage: enlarge at the pointer, move, window and level, invert, reset.
// Pixels are never smoothed; where the window allows it, one image pixel is a whole number of screen pixels.

const LARGEST = 12; // times the size that fits
const WHEEL = 0.0015; // enlargement, as a natural logarithm, for one unit of wheel
const KEY_STEP = 0.05; // of the grey scale, for one key press

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Viewer {
  #stage;
  #image;
  #transfer;
  #pointers = new Map();
  #pointer = { x: 0, y: 0 }; // the last place of the pointer, from the centre of the stage
  #dragsWindow = false;
  #frame = 0;
  #view;
  #use;

  constructor(stage, image, filter) {
    this.#stage = stage;
    this.#transfer = [...filter.querySelectorAll("feFuncR, feFuncG, feFuncB")];
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      stage.addEventListener(end, (event) => this.#pointers.delete(event.pointerId));
    }
    new ResizeObserver(() => this.#draw()).observe(stage);
    this.show(image);
  }

  // Put a decoded image on the stage, as it is, at the size that fits.
  show(image) {
    if (this.#image && this.#image !== image) this.#image.replaceWith(image);
    this.#image = image;
    this.#use = { max_zoom: 1, window_changed: false, inverted: false };
    this.reset();
  }

  // What was done with this image since it was put here.
  get use() {
    return { ...this.#use };
  }

  get inverted() {
    return this.#view.inverted;
  }

  set dragsWindow(on) {
    this.#dragsWindow = on;
  }

  reset() {
    this.#view = { zoom: 1, x: 0, y: 0, level: 0.5, width: 1, inverted: false };
    this.#draw();
  }

  invert() {
    this.#view.inverted = !this.#view.inverted;
    this.#use.inverted = true;
    this.#draw();
  }

  // One step larger (+1) or smaller (−1): to the next whole number of screen pixels for an image pixel.
  step(direction) {
    const fit = this.#fit();
    const whole = fit.scale * this.#view.zoom;
    const aim = direction > 0 ? Math.floor(whole + 1.001) : Math.ceil(whole - 1.001);
    this.#zoom(Math.max(aim, 1) / whole);
  }

  pan(dx, dy) {
    this.#view.x += dx;
    this.#view.y += dy;
    this.#draw();
  }

  // Shift the level and widen the window by parts of the grey scale.
  window(level, width) {
    this.#view.level = clamp(this.#view.level + level, 0, 1);
    this.#view.width = clamp(this.#view.width + width, 0.05, 2);
    this.#use.window_changed = true;
    this.#draw();
  }

  nudge(level, width) {
    this.window(level * KEY_STEP, width * KEY_STEP);
  }

  #zoom(factor, at = this.#pointer) {
    const view = this.#view;
    const zoom = clamp(view.zoom * factor, 1, LARGEST);
    const change = zoom / view.zoom;
    view.x = at.x - (at.x - view.x) * change;
    view.y = at.y - (at.y - view.y) * change;
    view.zoom = zoom;
    this.#use.max_zoom = Math.max(this.#use.max_zoom, Math.round(zoom * 100) / 100);
    this.#draw();
  }

  #place(event) {
    const box = this.#stage.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  #wheel(event) {
    event.preventDefault();
    this.#pointer = this.#place(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : 1;
    this.#zoom(Math.exp(-event.deltaY * lines * WHEEL));
  }

  #press(event) {
    this.#stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { ...this.#place(event), button: event.button });
  }

  #move(event) {
    const now = this.#place(event);
    this.#pointer = now;
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    this.#pointers.set(event.pointerId, { ...now, button: before.button });
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (one) => Math.hypot(one.x - other.x, one.y - other.y);
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.#zoom(distance(now) / Math.max(distance(before), 1), middle);
      this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (before.button === 2 || this.#dragsWindow) {
      const size = Math.min(this.#stage.clientWidth, this.#stage.clientHeight);
      this.window((now.y - before.y) / size, (now.x - before.x) / size);
    } else {
      this.pan(now.x - before.x, now.y - before.y);
    }
  }

  // The size that fits, in CSS pixels, and the screen pixels that one image pixel then takes.
  #fit() {
    const room = Math.min(this.#stage.clientWidth, this.#stage.clientHeight) * devicePixelRatio;
    const pixels = this.#image.naturalWidth;
    const scale = room / pixels;
    const whole = scale >= 2 ? Math.floor(scale) : scale; // a tiny window is filled instead
    return { scale: whole, size: (whole * pixels) / devicePixelRatio };
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    if (!this.#image.naturalWidth) return; // not loaded yet
    const view = this.#view;
    const size = this.#fit().size * view.zoom;
    const reach = (room) => Math.max(0, (size - room) / 2);
    view.x = clamp(view.x, -reach(this.#stage.clientWidth), reach(this.#stage.clientWidth));
    view.y = clamp(view.y, -reach(this.#stage.clientHeight), reach(this.#stage.clientHeight));
    const left = Math.round((this.#stage.clientWidth - size) / 2 + view.x);
    const top = Math.round((this.#stage.clientHeight - size) / 2 + view.y);
    const style = this.#image.style;
    style.width = style.height = `${size}px`;
    style.transform = `translate(${left}px, ${top}px)`;
    this.#image.classList.add("placed");
    this.#levels();
  }

  // out = (in − level) / width + ½, turned round when inverted; untouched pixels pass through no filter at all.
  #levels() {
    const { level, width, inverted } = this.#view;
    const sign = inverted ? -1 : 1;
    const intercept = 0.5 - level / width;
    for (const one of this.#transfer) {
      one.setAttribute("slope", sign / width);
      one.setAttribute("intercept", inverted ? 1 - intercept : intercept);
    }
    const plain = level === 0.5 && width === 1 && !inverted;
    this.#image.style.filter = plain ? "" : "url(#levels)";
  }
}
