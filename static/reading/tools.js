// The tools of the viewer, as buttons beside the radiograph and as keys.

export function viewingTools(viewer, options) {
  const group = document.getElementById("tools");
  const tool = (name) => group.querySelector(`[data-tool="${name}"]`);
  const tools = {
    in: () => viewer.step(1),
    out: () => viewer.step(-1),
    reset() {
      viewer.reset();
      tools.showPressed();
    },
    invert() {
      viewer.invert();
      tools.showPressed();
    },
    window() {
      if (!options.windowing) return;
      const on = tool("window").getAttribute("aria-pressed") !== "true";
      tool("window").setAttribute("aria-pressed", on);
      viewer.dragsWindow = on;
    },
    help: () => document.getElementById("help").showModal(),
    showPressed: () => tool("invert")?.setAttribute("aria-pressed", viewer.inverted),
  };
  group.hidden = false;
  group.addEventListener("click", (event) => tools[event.target.closest("[data-tool]")?.dataset.tool]?.());
  return tools;
}
