// Python beside the page: loads Pyodide, Graphviz and the packages from this site, and runs what the page sends.

let course = false; // whether the notebooks can be imported
const started = performance.now();

async function start() {
  const [{ loadPyodide }, { Graphviz }] = await Promise.all([import("./pyodide/pyodide.mjs"), import("./graphviz/index.js")]);
  const packages = fetch(new URL("packages.zip", import.meta.url)).then((answer) => {
    if (!answer.ok) throw new Error(`packages.zip: ${answer.status}`);
    return answer.arrayBuffer();
  });
  const [graphviz, python, archive] = await Promise.all([Graphviz.load(), loadPyodide(), packages]);
  globalThis.autogradCoreLayout = (dot, format) => graphviz.layout(dot, format, "dot");
  python.unpackArchive(archive, "whl");
  const cells = python.pyimport("cells").Cells((kind, data) => postMessage({ type: "output", kind, data }));
  postMessage({ type: "ready", seconds: (performance.now() - started) / 1000 });
  return cells;
}

const ready = start();
ready.catch((error) => postMessage({ type: "failed", problem: String(error.message || error) }));

onmessage = async ({ data }) => {
  const cells = await ready;
  try {
    if (data.type === "frames") {
      postMessage({ ...JSON.parse(cells.frames(data.key, JSON.stringify(data.changes))), type: "frames", key: data.key });
      return;
    }
    if (data.fresh) cells.forget();
    if (data.course && !course) cells.course();
    course ||= data.course;
    postMessage({ type: "done", ok: cells.run(data.source) });
  } catch (error) {
    postMessage({ type: "failed", problem: `Python has ended: ${String(error.message || error).slice(-400)}` });
  }
};
