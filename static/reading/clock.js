// How long an image could be seen: the time that the page was hidden is counted apart.

export class Clock {
  #since = 0;
  #hiddenSince = null;
  #hidden = 0;
  #hides = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#turn());
    this.start();
  }

  start() {
    this.#since = performance.now();
    this.#hidden = this.#hides = 0;
    this.#hiddenSince = null;
    this.#turn();
  }

  // Milliseconds since the start while the page was visible, while it was hidden, and how often it was hidden.
  get read() {
    const now = performance.now();
    const hidden = this.#hidden + (this.#hiddenSince === null ? 0 : now - this.#hiddenSince);
    return {
      visible: Math.max(0, Math.round(now - this.#since - hidden)),
      hidden: Math.round(hidden),
      hides: this.#hides,
    };
  }

  #turn() {
    if (document.hidden && this.#hiddenSince === null) {
      this.#hiddenSince = performance.now();
      this.#hides += 1;
    } else if (!document.hidden && this.#hiddenSince !== null) {
      this.#hidden += performance.now() - this.#hiddenSince;
      this.#hiddenSince = null;
    }
  }
}
