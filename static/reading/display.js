// Tells the form what the browser knows of the screen.

const { elements } = document.getElementById("display");
const known = {
  screen_width: screen.width,
  screen_height: screen.height,
  pixel_ratio: devicePixelRatio,
  colour_depth: screen.colorDepth,
};
for (const [name, value] of Object.entries(known)) elements[name].value = value;
