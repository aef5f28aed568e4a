"""Labels that try to break out of a picture, by what they try."""

from __future__ import annotations

HOSTILE = {
    "quote": 'say "x"',
    "apostrophe": "it's",
    "backslash at the end": "path\\",
    "graphviz escapes": r"\N \G \E \T \H \n \l",
    "markup": "<b>bold</b>",
    "broken markup": "<TABLE><TR>",
    "whole html label": "<x>",
    "entity": "&amp; &#65; &lt;",
    "record": "{a|b}",
    "newline": "two\nlines",
    "nul": "nul\0nul",
    "control": "\x1b[31mred\x07",
    "comment": "a // b /* c */ # d",
    "script": "</title><script>x</script>",
    "cdata": "]]>",
    "right to left": "שלום عالم",
    "override": "\u202eabc",
    "japanese": "重み",
    "vietnamese": "trọng số ễ",
    "emoji": "👩🏽‍🚀 🎉",
    "surrogate": "\ud800",
    "noncharacter": "\uffff\ufffe",
    "dollar": "$x_1$",
    "percent": "%s %d {0}",
    "semicolons": "a];b[c=d",
    "spaces": "   ",
    "port": "n0:e",
}
