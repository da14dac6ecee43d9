// What each key does on the reading page. Answer keys stand in the page itself, as data-key.

const NATIVE = "button, a, select";
const TYPED = "input[type=text]";

export function listenToKeys({ form, stage, viewer, tools, confirm }) {
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
    const choice = form?.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (choice) return () => choose(choice);
    const onNative = target.matches?.(NATIVE);
    switch (key) {
      case "Enter":
        return onNative || event.repeat ? null : confirm;
      case " ":
        return onNative || (target.type === "radio" && !target.checked) ? null : tools.reset;
      case "u":
      case "Backspace":
        return follow("change");
      case "Escape":
        return follow("keep");
    }
    return viewing(key, target);
  }

  function viewing(key, target) {
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
    if (target === stage) {
      Object.assign(actions, {
        ArrowLeft: () => viewer.pan(40, 0),
        ArrowRight: () => viewer.pan(-40, 0),
        ArrowUp: () => viewer.pan(0, 40),
        ArrowDown: () => viewer.pan(0, -40),
      });
    }
    return Object.hasOwn(actions, key) ? actions[key] : null;
  }

  function choose(choice) {
    choice.checked = true;
    choice.focus();
  }

  function follow(id) {
    const link = document.getElementById(id);
    return link && !link.hidden ? () => link.click() : null;
  }
}
