// One Python for a page: runs one cell after the other, in a worker, so that the page stays alive.
import stepper from "./stepper.js";

const worker = { now: null, queue: [], listeners: new Set(), steppers: new Map() };

export const state = { ready: false, started: 0 };

function tell(text) {
  for (const listener of worker.listeners) listener(text);
}

export function onState(listener) {
  worker.listeners.add(listener);
}

function begin() {
  if (worker.now) return;
  state.started += 1; // a new Python knows no names of the old one
  tell("loading Python: 15 MB, once …");
  worker.now = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.now.onmessage = ({ data }) => {
    const job = worker.queue[0];
    if (data.type === "ready") {
      state.ready = true;
      tell(job ? "running …" : `ready after ${data.seconds.toFixed(1)} s`);
    } else if (data.type === "output") job?.output(data.kind, data.data);
    else if (data.type === "frames") worker.steppers.get(data.key)?.(data);
    else if (data.type === "failed") end(data.problem);
    else if (data.type === "done") next(data.ok);
  };
  worker.now.onerror = (event) => end(event.message || "the worker did not start");
}

function next(ok) {
  worker.queue.shift().done(ok);
  if (worker.queue.length) send();
  else tell("ready");
}

function send() {
  if (state.ready) tell("running …");
  const { source, fresh, course } = worker.queue[0];
  if (fresh) worker.steppers.clear();
  worker.now.postMessage({ type: "run", source, fresh, course });
}

function end(problem) {
  worker.now.terminate();
  worker.now = null;
  state.ready = false;
  worker.steppers.clear();
  for (const job of worker.queue.splice(0)) {
    job.output("error", problem);
    job.done(false);
  }
  tell(problem);
}

/** Run a cell; `output(kind, data)` takes what it gives. The promise says whether it ended without an error. */
export function run(source, output, { fresh = false, course = false } = {}) {
  begin();
  return new Promise((done) => {
    worker.queue.push({ source, output, fresh, course, done });
    if (worker.queue.length === 1) send();
  });
}

/** End the run, and Python with it: the names are lost. */
export function stop() {
  if (worker.now) end("stopped; nothing runs until you press Run, which starts a fresh Python");
}

/** The place for what a cell gives. A new run takes the places of the old one, so that nothing flickers. */
export class Output {
  constructor(root) {
    this.root = root;
    this.at = 0;
  }

  begin() {
    this.at = 0;
    this.shown = null;
    this.text = null;
  }

  put(kind, data) {
    if (kind === "text" && this.text) {
      this.text.textContent += data;
      return;
    }
    const place = kind === "show" && this.shown ? this.shown : this.place(kind);
    this.text = kind === "text" ? place : null;
    if (kind === "show") this.shown = place;
    if (kind === "steps") this.steps(place, JSON.parse(data));
    else if (kind === "html" || kind === "show") place.innerHTML = data;
    else if (kind === "latex") {
      place.innerHTML = '<div class="math"></div>';
      place.firstChild.textContent = data.replace(/^\$+|\$+$/g, "");
      import("./math.js").then(({ typeset }) => typeset(place));
    } else place.textContent = data;
  }

  place(kind) {
    let place = this.root.children[this.at++];
    if (place?.dataset.kind === kind) return place;
    const made = document.createElement(kind === "text" || kind === "error" ? "pre" : "div");
    made.dataset.kind = kind;
    if (kind === "error") made.setAttribute("role", "alert");
    if (place) place.replaceWith(made);
    else this.root.append(made);
    return made;
  }

  end() {
    while (this.root.children.length > this.at) this.root.lastChild.remove();
  }

  steps(place, { key, frames }) {
    // The stepper of the package, which a notebook drives by a model: here the worker answers.
    if (!place.model) {
      const held = { frames, changes: {}, problem: "" };
      const on = {};
      place.model = {
        get: (name) => held[name],
        set: (name, value) => (held[name] = value),
        save_changes: () => worker.now?.postMessage({ type: "frames", key: place.key, changes: held.changes }),
        on: (event, act) => (on[event] = act),
        off: (event) => delete on[event],
        put: (name, value) => {
          held[name] = value;
          on[`change:${name}`]?.();
        },
      };
      stepper.render({ model: place.model, el: place });
    } else {
      place.model.set("changes", {});
      place.model.put("frames", frames);
    }
    place.key = key;
    worker.steppers.set(key, ({ frames: changed, problem }) => {
      if (changed) place.model.put("frames", changed);
      place.model.put("problem", problem);
    });
  }
}

/** A cell to write in: a text field that is as high as its text. */
export function editor(text, label) {
  const field = document.createElement("textarea");
  Object.assign(field, { value: text, spellcheck: false, wrap: "off", autocapitalize: "off", autocomplete: "off" });
  field.setAttribute("aria-label", label);
  const fit = () => (field.rows = field.value.split("\n").length);
  field.addEventListener("input", fit);
  fit();
  return field;
}

export function button(label, act, title = "") {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: label, title });
  made.addEventListener("click", act);
  return made;
}
