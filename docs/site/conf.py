"""The settings of Sphinx. `python docs/site/build.py` builds the site."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
html_baseurl = settings["tool"]["autograd-core"]["base-address"]
html_extra_path = [str(ROOT / "LICENSE")]
project = "autograd_core"
copyright = "the authors, MIT licence"
extensions = ["myst_parser"]
html_theme = "furo"  # light and dark, and it loads nothing from elsewhere
html_title = "autograd_core"
html_static_path = ["static"]
html_css_files = ["site.css", "stepper.css"]
html_js_files = [(name, {"type": "module"}) for name in ("playground.js", "cells.js")]
html_favicon = "static/favicon.svg"
html_copy_source = html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1b5fa8", "color-brand-content": "#1b5fa8"},
    "dark_css_variables": {"color-brand-primary": "#7ab8f5", "color-brand-content": "#7ab8f5"},
}
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4  # the anchors that GitHub gives
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries = False
mathjax_path, mathjax_options = "math.js", {"type": "module"}
