"""docs/pathways.md: each track with its picture, its steps and what it ends with."""

from __future__ import annotations

from workflows.map.charts import WHOLE
from workflows.map.flow import Flow
from workflows.map.raw import Kind
from workflows.map.words import Words

INTRODUCTION = """# Pathways

What the hospital does, as pictures. They are drawn from the code that runs (`workflows/`) and the catalogue in force, \
by following every track through all that may be answered: `make pathways` writes this page and everything in \
`pathways/`, and a test fails when they fall behind.

Each track has its picture in Russian and in English, and a BPMN 2.0 file that any modeller opens.

How to read a picture:

- A **card** is a step: its number, who does it, in what time, and below the answers that may be given. The mark of a \
term says whether it was seen in a source (S), is known from memory (M) or assumed (A).
- A **dashed card** is a question that nobody is asked: the case answers it from what is known by then.
- A **blue card** is another track with a picture of its own.
- Below an answer stands what happens on the way: ✉ who is told, ⧖ how long is waited, ↻ to which card it goes back. \
Where no line leaves, the branch waits for the rest.
- Grey marks say what runs **side by side**, and where **whichever comes first** withdraws the rest. A dashed line \
leads to what is not always needed.
- An answer *as the case stands* leads where earlier answers want it.
- Every step may also be left out by two seniors; the track then goes on as it says in the code.

In the BPMN files the first end event that is reached after a race terminates the rest; working hours and days, which \
ISO 8601 does not have, are the same number of plain ones in timers and named in words beside them.
"""


def page(flows: dict[str, Flow], ru: Words, en: Words) -> str:
    """The whole page."""
    order = sorted(flows, key=lambda name: not name.startswith(WHOLE))
    parts = [INTRODUCTION, *(_section(flows[name], ru, en) for name in order)]
    return "\n".join(parts)


def _section(flow: Flow, ru: Words, en: Words) -> str:
    name = flow.name
    ends = [node.what for node in flow.nodes.values() if node.kind is Kind.END]
    lines = [
        f"## {en.track(name)} · {ru.track(name)}",
        "",
        f"![{ru.track(name)}](pathways/{name}.svg)",
        "",
        f"[In English](pathways/{name}.en.svg) · [BPMN 2.0](pathways/{name}.bpmn)",
        "",
        "Ends with: " + "; ".join(f"{en.result(name, end)} · {ru.result(name, end)} (`{end}`)" for end in ends) + ".",
        "",
    ]
    steps = dict.fromkeys(node.what for node in flow.nodes.values() if node.kind is Kind.STEP)
    if steps:
        lines += ["| step | шаг | who | in what time | mandatory |", "|---|---|---|---|---|"]
        lines += [_row(step, ru, en) for step in steps]
        lines.append("")
    return "\n".join(lines)


def _row(step: str, ru: Words, en: Words) -> str:
    entry = en.entry(step)
    role = en.role(entry.role) if entry else ""
    mandatory = "yes" if entry and entry.mandatory else "no"
    return f"| {en.step(step)} | {ru.step(step)} | {role} | {en.clock(step)} | {mandatory} |"
