// What each key does on the reading page. Answer keys stand in the page itself, as data-key.
// A reader may switch the single keys off (WCAG 2.1.4): who speaks to a computer, or has unsteady hands, presses others.

const NATIVE = "button, a, select";
const TYPED = "input[type=text]";
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STRIDE = 40; // CSS pixels
const OFF = "single-keys-off";

export function listenToKeys({ form, viewer, tools, confirm }) {
  const single = document.getElementById("single-keys");
  single.checked = !remembered();
  single.addEventListener("change", () => remember(!single.checked));
  addEventListener("keydown", (event) => {
    const typesCharacter = event.getModifierState("AltGraph"); // brackets on Nordic and German keyboards
    if (document.querySelector("dialog[open]") || event.metaKey || ((event.ctrlKey || event.altKey) && !typesCharacter)) return;
    const act = actionOf(event);
    if (!act) return;
    event.preventDefault();
    act();
  });

  function actionOf(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const target = event.target;
    if (target.matches?.(TYPED)) return null; // letters and digits are words there, and Enter confirms by itself
    if (key.length === 1 && key !== " " && !single.checked) return null;
    const choice = form?.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (choice) return () => choose(choice, target);
    const onNative = target.matches?.(NATIVE);
    switch (key) {
      case "Enter":
        return onNative || event.repeat ? null : confirm;
      case " ":
        return onNative || (target.type === "radio" && !target.checked) ? null : tools.reset;
      case "u":
        return follow("change");
      case "Escape":
        return follow("keep");
    }
    // Between the answers of a question, arrows choose; with an enlarged image they move that, wherever the focus is.
    if (Object.hasOwn(ARROWS, key)) return viewer.isEnlarged ? () => move(ARROWS[key]) : null;
    return viewing(key);
  }

  function move([across, down]) {
    viewer.pan(across * STRIDE, down * STRIDE);
  }

  function viewing(key) {
    const actions = {
      "+": tools.in,
      "=": tools.in,
      "-": tools.out,
      i: tools.invert,
      c: tools.window,
      "?": tools.help,
      "[": () => viewer.nudge(1, 0),
      "]": () => viewer.nudge(-1, 0),
      ",": () => viewer.nudge(0, 1),
      ".": () => viewer.nudge(0, -1),
    };
    return Object.hasOwn(actions, key) ? actions[key] : null;
  }

  // The focus follows only where it is among the answers already: put there by a digit, it would turn the next arrow,
  // meant for the image, into another answer.
  function choose(choice, target) {
    if (choice.matches(":disabled")) return;
    choice.checked = true;
    if (target.matches?.("input[type=radio]")) choice.focus();
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function follow(id) {
    const link = document.getElementById(id);
    return link && !link.hidden ? () => link.click() : null;
  }
}

function remembered() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false; // the browser forbids storage
  }
}

function remember(off) {
  try {
    if (off) localStorage.setItem(OFF, "");
    else localStorage.removeItem(OFF);
  } catch {
    // it holds for this page then
  }
}
