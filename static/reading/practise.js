// A radiograph for practice: the same viewer, tools and keys; the form is sent as it is.

import { listenToKeys } from "./keys.js";
import { viewingTools } from "./tools.js";
import { Viewer } from "./viewer.js";

const element = (id) => document.getElementById(id);
const form = element("answer");
const options = JSON.parse(element("options").textContent);
const viewer = new Viewer(element("stage"), element("radiograph"), element("levels"), options);
const tools = viewingTools(viewer, options);
const confirm = () => (form ? form.requestSubmit() : element("onward").click());

element("radiograph").addEventListener("load", () => viewer.show(element("radiograph")));
listenToKeys({ form, viewer, tools, confirm });
(element("question") ?? element("onward")).focus({ preventScroll: true });
