// Steps through the forward and the backward pass: a drawing, its steps, controls. `mount` serves a page of its own and the widget alike.

const PAUSE = 1400; // milliseconds a step

const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" }; // where Jupyter's own keys do not act: on what has the focus

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, given] of Object.entries(attributes)) made.setAttribute(name, given);
  made.append(...children);
  return made;
}

const LIVE = "autograd-core-live"; // the event that a model of the kernel is there
const models = (globalThis[LIVE] ??= new Map()); // of this page, by their ids

function mount(root, frames) {
  let change = null; // sends a number that was typed to the kernel, where one answers
  let at = 0; // 0: before the first step; k: the k-th step; one more than there are steps: the end
  let timer = null;
  let cards = {}; // by id: the element, the text of its gradient
  const drawing = root.querySelector("svg") ? root.firstElementChild : root.appendChild(element("div", {}));
  const button = (name, label, act) => {
    const made = element("button", { type: "button", "aria-label": name, title: name, ...OWN_KEYS }, label);
    made.addEventListener("click", act);
    return made;
  };
  const first = button("to the start (Home)", "|◀", () => go(0));
  const back = button("one step back (left arrow)", "◀", () => go(at - 1));
  const play = button("play (space)", "▶ play", () => (timer ? pause() : start()));
  const forth = button("one step on (right arrow)", "▶", () => go(at + 1));
  const last = button("to the end (End)", "▶|", () => go(end()));
  const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "step of the two passes", ...OWN_KEYS });
  const count = element("span", { class: "count" });
  const words = element("div", { class: "words", role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const problem = element("div", { class: "problem", role: "alert" });
  const leaves = element("div", { class: "leaves" });
  root.append(element("div", { class: "controls" }, first, back, play, forth, last, slider, count), words);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Values forward, gradients back, step by step");

  const forward = () => frames.forward.length; // so many steps compute values, the rest send gradients
  const steps = () => [...frames.forward, ...frames.steps];
  const end = () => steps().length + 1;
  const isForward = () => at <= forward() && at < end();
  slider.addEventListener("input", () => go(Number(slider.value)));

  function start() {
    if (at >= end()) show(0);
    timer = setInterval(() => (at >= end() - 1 ? go(end()) : show(at + 1)), PAUSE);
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-label", "pause (space)");
    show(at + 1);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ play";
    play.setAttribute("aria-label", "play (space)");
  }

  function go(step) {
    pause();
    show(step);
  }

  function show(step) {
    at = Math.max(0, Math.min(end(), step));
    const acts = appearances();
    const now = steps()[at - 1];
    for (const [id, appears] of acts) {
      const part = drawing.querySelector(`[id="${id}"]`);
      if (!part) continue;
      part.classList.toggle("later", appears > at && at > 0 && at < end());
      part.classList.toggle("acting", Boolean(now && now.cards.includes(id)));
      part.classList.toggle("sending", Boolean(now && now.arrows.includes(id)));
    }
    drawing.classList.toggle("values", isForward());
    sums();
    say(now);
    slider.max = end();
    slider.value = at;
    const pass = isForward() ? `forward, step ${at} of ${forward()}` : `backward, step ${at - forward()} of ${frames.steps.length}`;
    count.textContent = at === 0 ? "start" : at === end() ? "end" : pass;
    slider.setAttribute("aria-valuetext", count.textContent);
    first.disabled = back.disabled = at === 0;
    last.disabled = forth.disabled = at === end();
    requestAnimationFrame(() => (at === 0 ? drawing.scrollTo(0, 0) : follow(now)));
  }

  function appearances() {
    // The step at which each thing appears in the pass that is shown: computed, or reached by a gradient.
    const acts = new Map();
    if (isForward()) {
      frames.forward.forEach((one, k) => [...one.cards, ...one.arrows].forEach((id) => acts.set(id, k + 1)));
      for (const id of drawn()) acts.has(id) || acts.set(id, 0); // leaves
      return acts;
    }
    frames.steps.forEach((one, k) => {
      one.cards.forEach((id) => acts.has(id) || acts.set(id, 0));
      one.arrows.forEach((id) => acts.set(id, forward() + k + 1));
      one.reached.forEach((id) => acts.has(id) || acts.set(id, forward() + k + 1));
    });
    for (const id of drawn()) acts.has(id) || acts.set(id, 0); // constants, and what only they have
    return acts;
  }

  const drawn = () => [...drawing.querySelectorAll("g.node, g.edge")].map((part) => part.id);

  function follow(step) {
    // In a drawing that is wider than its place, the card that acts comes into view.
    const part = step && drawing.querySelector(`[id="${step.cards[0]}"]`);
    if (!part || drawing.scrollWidth <= drawing.clientWidth) return;
    const [card, frame] = [part.getBoundingClientRect(), drawing.getBoundingClientRect()];
    if (card.left >= frame.left && card.right <= frame.right) return;
    drawing.scrollLeft += (card.left + card.right - frame.left - frame.right) / 2;
  }

  function sums() {
    // While values flow there are no gradients; then what each card has received so far stands in the place of its own.
    const shown = Object.fromEntries(Object.entries(cards).map(([id, card]) => [id, isForward() ? "–" : card.gradient]));
    if (at > forward() && at < end()) {
      const partial = {};
      const reached = new Set(frames.steps.slice(0, at - forward()).flatMap((one) => [...one.cards, ...one.reached]));
      for (const id of Object.keys(cards)) if (!reached.has(id)) shown[id] = "–";
      frames.steps.slice(0, at - forward()).forEach((one) => {
        Object.assign(partial, one.sums);
        one.complete.forEach((id) => delete partial[id]);
      });
      for (const [id, sum] of Object.entries(partial)) shown[id] = `${sum} so far`;
    }
    for (const [id, card] of Object.entries(cards)) {
      if (card.text) card.text.textContent = shown[id];
      card.shares.forEach((text) => text.classList.toggle("later", at < end()));
    }
  }

  function say(now) {
    const start = forward()
      ? `Step on to compute ${frames.result} from the inputs. Then its gradient flows back.`
      : `${frames.result} is not computed from anything.`;
    const lines = now ? [now.head, ...now.lines] : [at === 0 ? start : "Both passes are complete: every value and every gradient is there."];
    words.replaceChildren(...lines.map((line) => element("p", {}, line)));
  }

  function jumps() {
    // A card is clicked: to the step in which it acts, in the pass that is shown; a leaf: to the step after which its
    // gradient is complete, or to the start.
    const [first, then] = [{}, {}];
    frames.forward.forEach((one, k) => one.cards.forEach((id) => (first[id] = k + 1)));
    frames.steps.forEach((one, k) => one.complete.forEach((id) => (then[id] = forward() + k + 1)));
    frames.steps.forEach((one, k) => one.cards.forEach((id) => (then[id] = forward() + k + 1)));
    for (const [id, step] of Object.entries(then)) {
      const part = drawing.querySelector(`[id="${id}"]`);
      if (!part) continue;
      const jump = () => go(isForward() ? (first[id] ?? 0) : step);
      part.dataset.jump = step;
      part.setAttribute("role", "button");
      for (const [name, given] of Object.entries(OWN_KEYS)) part.setAttribute(name, given);
      part.addEventListener("click", jump);
      part.addEventListener("keydown", (event) => {
        if (event.key === "Enter") jump();
      });
    }
  }

  function fill() {
    // Numbers that can be changed: the one being typed is left alone.
    if (!change) return;
    const held = new Map([...leaves.querySelectorAll("input")].map((input) => [input.dataset.place, input]));
    if (held.size !== frames.leaves.length) leaves.replaceChildren();
    for (const leaf of frames.leaves) {
      const input = leaves.children.length && held.get(String(leaf.place));
      if (input) {
        if (input !== root.ownerDocument.activeElement) input.value = leaf.value;
        continue;
      }
      const made = element("input", { type: "number", step: "any", value: leaf.value, "data-place": leaf.place, ...OWN_KEYS });
      made.addEventListener("input", () => {
        const typed = Number.parseFloat(made.value);
        if (!Number.isNaN(typed)) change(String(leaf.place), typed);
      });
      leaves.append(element("label", {}, leaf.title, made));
    }
  }

  function load(given) {
    frames = given;
    if (frames.svg) drawing.innerHTML = frames.svg;
    cards = {};
    for (const [id, gradient] of Object.entries(frames.cards)) {
      const texts = [...drawing.querySelectorAll(`[id="${id}"] text`)];
      const own = (text) => text.textContent.trim() === gradient && text.getAttribute("font-weight") === "bold";
      const shares = texts.filter((text, k) => [text, texts[k - 1]].some((one) => one?.textContent.startsWith("from ")));
      cards[id] = { gradient, text: texts.filter(own).pop(), shares };
    }
    for (const text of drawing.querySelectorAll("g.node text")) {
      // A share of a gradient, "from v1 −0.0356", is not there while values flow.
      const number = text.nextElementSibling;
      const isShare = text.textContent.startsWith("from ") && /^[+−]?[\d∞]/.test(number?.textContent ?? "");
      if (isShare) [text, number].forEach((part) => part.classList.add("share"));
    }
    jumps();
    fill();
    show(at);
  }

  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      ArrowRight: () => go(at + 1),
      ArrowLeft: () => go(at - 1),
      Home: () => go(0),
      End: () => go(end()),
      " ": () => (timer ? pause() : start()),
    }[event.key];
    if (!act || (event.key === " " && event.target.matches("button"))) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  root.addEventListener("click", (event) => {
    // Notebooks move the focus to the cell: it stays where the click was, so that the keys go on from there.
    const held = event.target.closest("button, input, [data-jump]");
    setTimeout(() => held?.isConnected && document.activeElement !== held && held.focus({ preventScroll: true }), 0);
  });

  function connect(model) {
    // Numbers can be changed while the kernel that drew them answers.
    if (change) return () => {};
    change = (place, number) => {
      model.set("changes", { ...model.get("changes"), [place]: number });
      model.save_changes();
    };
    const follow = () => load(model.get("frames"));
    const complain = () => (problem.textContent = model.get("problem"));
    root.append(leaves, problem);
    follow();
    model.on("change:frames", follow);
    model.on("change:problem", complain);
    return () => {
      pause();
      model.off("change:frames", follow);
      model.off("change:problem", complain);
    };
  }

  load(frames);
  return { connect };
}

function revive(root, frames, id) {
  // A page in a notebook steps on its own, and is connected to its kernel as soon as that answers.
  const stepper = mount(root, frames);
  const connect = () => models.has(id) && stepper.connect(models.get(id));
  if (id && !connect()) globalThis.addEventListener(LIVE, connect);
}

export default {
  initialize({ model }) {
    models.set(model.get("id"), model);
    globalThis.dispatchEvent(new Event(LIVE));
    return () => models.delete(model.get("id"));
  },
  render({ model, el }) {
    const root = el.appendChild(element("div", { class: "autograd-core-stepper" }));
    return mount(root, model.get("frames")).connect(model);
  },
};
