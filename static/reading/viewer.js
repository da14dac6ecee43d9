// The radiograph on its stage: enlarge at the pointer, move, window and level, invert, reset.
// Pixels are never smoothed, and wherever the window allows it one image pixel is a whole number of screen pixels, at
// every step of enlargement. The image is laid out when the window changes; in between it is only transformed.

const LARGEST = 12; // times the size that fits
const WHEEL = 0.0015; // enlargement, as a natural logarithm, for one unit of wheel
const KEY_STEP = 0.05; // of the grey scale, for one key press

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Viewer {
  #stage;
  #image;
  #transfer;
  #allowed;
  #pointers = new Map();
  #pointer = { x: 0, y: 0 }; // the last place of the pointer, from the centre of the stage
  #dragsWindow = false;
  #frame = 0;
  #view;
  #use;

  // allowed: { zoom, windowing }, what the study's protocol leaves to the reader.
  constructor(stage, image, filter, allowed) {
    this.#stage = stage;
    this.#transfer = [...filter.querySelectorAll("feFuncR, feFuncG, feFuncB")];
    this.#allowed = allowed;
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      stage.addEventListener(end, (event) => this.#pointers.delete(event.pointerId));
    }
    new ResizeObserver(() => this.#arrange()).observe(stage);
    this.show(image);
  }

  // Put a decoded image on the stage, as it is, at the size that fits.
  show(image) {
    if (this.#image && this.#image !== image) this.#image.replaceWith(image);
    this.#image = image;
    this.#use = { max_zoom: 1, panned: false, window_changed: false, inverted: false };
    this.reset();
    this.#arrange();
  }

  // What was done with this image since it was put here, and the grey levels at which it is seen now.
  get use() {
    const { level, width } = this.#view;
    return { ...this.#use, ...(this.#use.window_changed && { window_level: level, window_width: width }) };
  }

  get isEnlarged() {
    return this.#view.zoom > 1;
  }

  get inverted() {
    return this.#view.inverted;
  }

  set dragsWindow(on) {
    this.#dragsWindow = on;
  }

  // wish: the enlargement asked for; zoom: the whole step nearest to it, which is shown.
  reset() {
    this.#view = { wish: 1, zoom: 1, x: 0, y: 0, level: 0.5, width: 1, inverted: false };
    this.#draw();
  }

  invert() {
    if (!this.#allowed.windowing) return;
    this.#view.inverted = !this.#view.inverted;
    this.#use.inverted = true;
    this.#draw();
  }

  // One step larger (+1) or smaller (−1): to the next whole number of screen pixels for an image pixel.
  step(direction) {
    const whole = this.#fit().scale * this.#view.zoom;
    const aim = direction > 0 ? Math.floor(whole + 1.001) : Math.ceil(whole - 1.001);
    this.#zoom(Math.max(aim, 1) / this.#fit().scale);
  }

  pan(dx, dy) {
    if (!this.#allowed.zoom || this.#view.zoom === 1) return;
    this.#view.x += dx;
    this.#view.y += dy;
    this.#use.panned = true;
    this.#draw();
  }

  // Shift the level and widen the window by parts of the grey scale.
  window(level, width) {
    if (!this.#allowed.windowing) return;
    this.#view.level = clamp(this.#view.level + level, 0, 1);
    this.#view.width = clamp(this.#view.width + width, 0.05, 2);
    this.#use.window_changed = true;
    this.#draw();
  }

  nudge(level, width) {
    this.window(level * KEY_STEP, width * KEY_STEP);
  }

  // The point of the image that is at `at` stays there.
  #zoom(wish, at = this.#pointer) {
    if (!this.#allowed.zoom) return;
    const view = this.#view;
    view.wish = clamp(wish, 1, LARGEST);
    const zoom = this.#whole(view.wish);
    view.x = at.x - ((at.x - view.x) * zoom) / view.zoom;
    view.y = at.y - ((at.y - view.y) * zoom) / view.zoom;
    view.zoom = zoom;
    this.#use.max_zoom = Math.max(this.#use.max_zoom, Math.round(zoom * 100) / 100);
    this.#draw();
  }

  // The enlargement nearest to a wish at which an image pixel is a whole number of screen pixels; none where none is
  // wished for: the whole image is seen.
  #whole(wish) {
    if (wish <= 1) return 1;
    const { scale } = this.#fit();
    return Math.max(Math.round(scale * wish), scale) / scale;
  }

  #place(event) {
    const box = this.#stage.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  #wheel(event) {
    event.preventDefault();
    this.#pointer = this.#place(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : 1;
    this.#zoom(this.#view.wish * Math.exp(-event.deltaY * lines * WHEEL), this.#pointer);
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
      this.#zoom((this.#view.wish * distance(now)) / Math.max(distance(before), 1), middle);
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
    const pixels = this.#image.naturalWidth || 1;
    const scale = room / pixels;
    const whole = scale >= 2 ? Math.floor(scale) : scale; // a tiny window is filled instead
    return { scale: whole, size: (whole * pixels) / devicePixelRatio };
  }

  #arrange() {
    if (!this.#image.naturalWidth) return; // not loaded yet
    this.#image.style.width = this.#image.style.height = `${this.#fit().size}px`;
    this.#image.classList.add("placed");
    this.#view.zoom = this.#whole(this.#view.wish);
    this.#draw();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    const view = this.#view;
    const { clientWidth, clientHeight } = this.#stage;
    const size = this.#fit().size * view.zoom;
    const reach = (room) => Math.max(0, (size - room) / 2);
    view.x = clamp(view.x, -reach(clientWidth), reach(clientWidth));
    view.y = clamp(view.y, -reach(clientHeight), reach(clientHeight));
    const onScreen = (css) => Math.round(css * devicePixelRatio) / devicePixelRatio;
    const left = onScreen((clientWidth - size) / 2 + view.x);
    const top = onScreen((clientHeight - size) / 2 + view.y);
    this.#image.style.transform = `translate(${left}px, ${top}px) scale(${view.zoom})`;
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
