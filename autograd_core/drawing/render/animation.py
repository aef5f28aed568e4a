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
    names = ",".join(
        f"#{id}"
        for id in dict.fromkeys([*appears, *acts, *(a for step in steps for a in step.arrows)])
    )
    paths = ",".join(f"#{arrow} path" for step in steps for arrow in step.arrows)
    common = (
        f"animation-duration:{total * seconds:g}s;"
        "animation-iteration-count:infinite;animation-timing-function:linear"
    )
    body = "\n".join([f"{names},{paths}{{{common}}}", *rules])
    return f"\n@media screen and (prefers-reduced-motion:no-preference){{\n{body}\n}}"


def _card(id: str, appears: float, acts: int | None, total: float) -> str:
    """Faint until something reaches it, then plain; glowing while it acts."""
    frames = (
        []
        if appears == 0.0
        else [("0%", f"opacity:{FAINT}"), (_at(appears, total), f"opacity:{FAINT}")]
    )
    frames.append((_at(appears + 0.2, total) if appears else "0%", "opacity:1;filter:none"))
    if acts is not None:
        frames += [
            (_at(acts + 0.01, total), "filter:none"),
            (_at(acts + 0.05, total), f"filter:{GLOW}"),
            (_at(acts + 0.95, total), f"filter:{GLOW}"),
            (_at(acts + 1.0, total), "filter:none"),
        ]
    frames.append(("100%", "opacity:1;filter:none"))
    return _rule(id, "", frames)


def _arrow(id: str, step: int, total: float, way: int) -> str:
    """Faint until its card acts, then running dashes, then plain."""
    seen = [
        ("0%", f"opacity:{FAINT}"),
        (_at(step + 0.05, total), f"opacity:{FAINT}"),
        (_at(step + 0.2, total), "opacity:1"),
        ("100%", "opacity:1"),
    ]
    if step == 0:
        seen[0:2] = [("0%", "opacity:1")]
    run = [
        ("0%", "stroke-dasharray:none"),
        (_at(step, total), "stroke-dasharray:none"),
        (_at(step + 0.05, total), f"stroke-dasharray:8 5;stroke-dashoffset:{-way}"),
        (_at(step + 0.95, total), "stroke-dasharray:8 5;stroke-dashoffset:0"),
        (_at(step + 1, total), "stroke-dasharray:none"),
        ("100%", "stroke-dasharray:none"),
    ]
    run = run[1:] if step == 0 else run
    return _rule(id, "", seen) + "\n" + _rule(id, " path", run)


def _at(step: float, total: float) -> str:
    return f"{100.0 * step / total:.3f}%"


def _rule(id: str, inside: str, frames: Sequence[tuple[str, str]]) -> str:
    name = f"ac-{id}{'-run' if inside else ''}"
    body = "".join(f"{when}{{{what}}}" for when, what in frames)
    return f"#{id}{inside}{{animation-name:{name}}}@keyframes {name}{{{body}}}"
