// The playground of the front page: an editor, three examples, and a run after every change.
import { Output, button, editor, onState, run, state, stop } from "./python.js";

const EXAMPLES = { neuron: "A neuron", descent: "Descent", xor: "XOR in training" };
const PAUSE = 500; // milliseconds after the last key

async function example(name) {
  return (await (await fetch(new URL(`examples/${name}.py`, import.meta.url))).text()).trimEnd();
}

async function playground(root) {
  const field = editor(await example("neuron"), "Python to run; Shift+Enter runs it");
  const status = Object.assign(document.createElement("span"), { className: "status" });
  status.setAttribute("role", "status");
  const shown = Object.assign(document.createElement("div"), { className: "output" });
  const output = new Output(shown);
  let waiting = null; // the run after the present one
  let busy = false;
  let begun = 0;

  async function act() {
    clearTimeout(waiting);
    if (busy) {
      waiting = setTimeout(act, PAUSE);
      return;
    }
    busy = true;
    begun ||= performance.now();
    root.querySelector("img")?.remove();
    output.begin();
    const ok = await run(field.value, (kind, data) => output.put(kind, data), { fresh: true });
    output.end();
    busy = false;
    root.dataset.first ||= ((performance.now() - begun) / 1000).toFixed(2); // seconds to the first result
    root.dataset.runs = Number(root.dataset.runs || 0) + 1;
    root.dataset.ok = ok;
  }

  const tabs = Object.entries(EXAMPLES).map(([name, label]) => {
    const made = button(label, async () => {
      field.value = await example(name);
      field.dispatchEvent(new Event("input"));
      for (const tab of tabs) tab.setAttribute("aria-pressed", tab === made);
      act();
    });
    made.dataset.example = name;
    made.setAttribute("aria-pressed", name === "neuron");
    return made;
  });
  const group = Object.assign(document.createElement("div"), { className: "tabs" });
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Examples");
  group.append(...tabs);
  const controls = Object.assign(document.createElement("div"), { className: "controls" });
  controls.append(button("▶ Run", act, "Shift+Enter"), button("Stop", stop, "ends Python"), status);
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (state.ready) waiting = setTimeout(act, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey)) {
      event.preventDefault();
      act();
    }
  });
  onState((text) => (status.textContent = text));
  status.textContent = "Python runs here, in your browser. The first run loads 15 MB.";
  root.prepend(group, field, controls, shown);
  root.dataset.mounted = true;
}

for (const root of document.querySelectorAll(".playground")) playground(root);
