// The cells of a notebook's page: each can be run and changed. What stands above a cell is run before it.
import { Output, button, editor, onState, run, state, stop } from "./python.js";

class Cell {
  constructor(root, number) {
    this.root = root;
    this.code = root.querySelector(".highlight");
    this.source = this.code.querySelector("pre").textContent.trimEnd();
    this.saved = [...root.querySelector(".output").children]; // what it gave when the page was made
    this.output = new Output(root.querySelector(".output"));
    this.ran = 0; // in which Python it ran; 0 for none
    this.run = button("▶ Run", () => runTo(this), "runs what stands above it first");
    this.edit = button("Edit", () => this.open(number), "Shift+Enter runs it");
    this.status = Object.assign(document.createElement("span"), { className: "status" });
    const controls = Object.assign(document.createElement("div"), { className: "controls" });
    controls.append(this.run, this.edit, this.status);
    root.querySelector(".output").before(controls);
  }

  open(number) {
    this.field = editor(this.source, `cell ${number + 1}; Shift+Enter runs it`);
    this.field.addEventListener("input", () => (this.ran = 0));
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey)) return;
      event.preventDefault();
      runTo(this);
    });
    this.code.parentElement.replaceWith(this.field);
    this.edit.remove();
    this.field.focus();
  }

  async act() {
    this.output.begin();
    const ok = await run(this.field?.value ?? this.source, (kind, data) => this.put(kind, data), { course: true });
    this.output.end();
    this.ran = state.started;
    this.root.dataset.ok = ok;
    this.root.dataset.runs = Number(this.root.dataset.runs || 0) + 1;
  }

  put(kind, data) {
    if (kind === "plot") {
      for (const plot of this.saved.filter((one) => one.dataset.kind === "plot")) this.output.place("plot").replaceChildren(...plot.cloneNode(true).children);
      return;
    }
    if (kind !== "absent") {
      this.output.put(kind, data);
      return;
    }
    for (const one of this.saved) this.output.place(one.dataset.kind).replaceChildren(...one.cloneNode(true).childNodes);
    this.output.put("html", `<em>This needs ${data}, which is not in the page: you see what it gave when the page was made.</em>`);
  }
}

const cells = [...document.querySelectorAll(".cell")].map((root, number) => new Cell(root, number));
let now = null; // the cell that runs

/** Run a cell, and before it what stands above and has not run in this Python. */
async function runTo(last) {
  if (now) return;
  let stopped = false;
  const act = () => {
    stopped = true;
    stop();
  };
  const stopping = button("Stop", act, "ends Python");
  last.run.after(stopping);
  for (const cell of cells) {
    const fresh = !cell.ran || cell.ran !== state.started;
    if (cell !== last && (!fresh || cell.root.closest("details"))) continue;
    now = cell;
    await cell.act();
    cell.status.textContent = "";
    if (cell === last || stopped) break;
  }
  stopping.remove();
  now = null;
}

onState((text) => {
  if (now) now.status.textContent = text.startsWith("ready") ? "" : text;
});
