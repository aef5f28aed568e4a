// Typesets the formulas of a page, with KaTeX from beside it.
const base = new URL("katex/", import.meta.url);
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("katex.min.css", base);
document.head.append(style);
const { default: katex } = await import(new URL("katex.mjs", base));

export function typeset(root) {
  for (const place of root.querySelectorAll(".math")) {
    const tex = place.textContent.trim().replace(/^\\[([]|\\[)\]]$/g, "");
    katex.render(tex, place, { displayMode: place.tagName === "DIV", throwOnError: false });
  }
}

typeset(document);
