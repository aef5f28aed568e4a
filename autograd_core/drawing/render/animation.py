"""The backward pass as an animation: a style sheet that plays inside any SVG, also one that a
page shows as an image.
"""

from __future__ import annotations

from collections.abc import Sequence

from .timeline import AnimationStep

FAINT = 0.14
END = 2.5  # steps for which the whole picture stands still at the end
GLOW = "drop-shadow(0 0 5px #f08a24)"


def style(steps: Sequence[AnimationStep], seconds: float, arrows_run_along: bool) -> str:
    """CSS for the steps, each of so many seconds, over and over; still where motion is not wanted,
    and on paper.

    `arrows_run_along` says whether arrows are drawn from user to operand, and not the other way.
    """
    if not steps:
        return ""
    total = len(steps) + END
    acts = {card: k for k, step in reversed(list(enumerate(steps))) for card in step.cards}
    appears: dict[str, float] = {}
    for k, step in enumerate(steps):
        appears.update({card: k + 0.55 for card in step.reached if card not in appears})
    appears = {card: at for card, at in appears.items() if at < acts.get(card, len(steps))} | {
        card: 0.0 for card, k in acts.items() if k == 0 or card not in appears
    }
    rules = [
        _card(card, appears.get(card, 0.0), acts.get(card), total)
        for card in dict.fromkeys([*appears, *acts])
    ]
    way = -40 if arrows_run_along else 40
    rules += [_arrow(arrow, k, total, way) for k, step in enumerate(steps) for arrow in step.arrows]
    arrows = [arrow for step in steps for arrow in step.arrows]
    names = ",".join(f"#{id}" for id in dict.fromkeys([*appears, *acts, *arrows]))
    paths = ",".join(f"#{arrow} path" for arrow in arrows)
    common = (
        f"animation-duration:{total * seconds:g}s;"
        "animation-iteration-count:infinite;animation-timing-function:linear"
    )
    body = "\n".join([f"{names},{paths}{{{common}}}", *rules])
    return f"\n@media screen and (prefers-reduced-motion:no-preference){{\n{body}\n}}"


def _card(id: str, appears: float, acts: int | None, total: float) -> str:
    """Faint until something reaches it, then plain; glowing while it acts."""
    faint, plain = f"opacity:{FAINT}", "opacity:1;filter:none"
    frames = [(0.0, plain)]
    if appears:
        frames = [(0.0, faint), (appears, faint), (appears + 0.2, plain)]
    if acts is not None:
        glow = f"filter:{GLOW}"
        frames += [(acts + 0.01, "filter:none"), (acts + 0.05, glow), (acts + 0.95, glow)]
        frames.append((acts + 1.0, "filter:none"))
    return _rule(id, "", [*frames, (total, plain)], total)


def _arrow(id: str, step: int, total: float, way: int) -> str:
    """Faint until its card acts, then running dashes, then plain."""
    faint, still, dashes = f"opacity:{FAINT}", "stroke-dasharray:none", "stroke-dasharray:8 5"
    seen = [(0.0, faint), (step + 0.05, faint)] if step else [(0.0, "opacity:1")]
    seen += [(step + 0.2, "opacity:1"), (total, "opacity:1")]
    run = [(0.0, still)] if step else []
    run += [
        (step, still),
        (step + 0.05, f"{dashes};stroke-dashoffset:{-way}"),
        (step + 0.95, f"{dashes};stroke-dashoffset:0"),
        (step + 1.0, still),
        (total, still),
    ]
    return f"{_rule(id, '', seen, total)}\n{_rule(id, ' path', run, total)}"


def _rule(id: str, inside: str, frames: Sequence[tuple[float, str]], total: float) -> str:
    """The animation of an element; each frame is a step and the style that it has there."""
    name = f"ac-{id}{'-run' if inside else ''}"
    body = "".join(f"{100.0 * step / total:.5g}%{{{what}}}" for step, what in frames)
    return f"#{id}{inside}{{animation-name:{name}}}@keyframes {name}{{{body}}}"
