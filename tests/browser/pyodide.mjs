// node pyodide.mjs PYODIDE WHEEL LIBRARIES PROGRAM: runs a Python program where the wheel and some pure packages are installed.
import { readFileSync } from "node:fs";

const [pyodide, wheel, libraries, program] = process.argv.slice(2);
try {
  const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
  const python = await loadPyodide();
  python.unpackArchive(new Uint8Array(readFileSync(wheel)), "whl");
  python.FS.mkdir("/libraries");
  python.FS.mount(python.FS.filesystems.NODEFS, { root: libraries }, "/libraries");
  python.runPython("import sys; sys.path.append('/libraries')");
  python.runPython(readFileSync(program, "utf-8"));
} catch (error) {
  console.error(String(error.message).slice(-2000)); // without the runtime's own source, which is one long line
  process.exit(1);
}
