"""A chart as SVG text: groups of rows, each with a bar to its median and a dot for every reading."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

WIDTH = 760
_LEFT = 250
_RIGHT = 70
_ROW = 24
_HEAD = 34
_AXIS = 30
_STEPS = (1, 2, 5)
_WHOLE_FROM = 100
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600 } .small { font-size: 11px; fill: #57606a }
  .grid { stroke: #d0d7de } .bar { fill: #9ecbff } .ours { fill: #f4a259 }
  .dot { fill: #24292f; opacity: .65 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d }
    .bar { fill: #316dca } .ours { fill: #c0702a } .dot { fill: #e6edf3 }
  }
"""


@dataclass(frozen=True)
class Row:
    """One thing that was measured; ours has the other colour."""

    label: str
    values: Sequence[float]
    is_ours: bool = False


@dataclass(frozen=True)
class Group:
    """Rows that share an axis from 0."""

    title: str
    unit: str
    rows: Sequence[Row]

    @property
    def height(self) -> int:
        return _HEAD + _ROW * len(self.rows) + _AXIS

    @property
    def most(self) -> float:
        return max(max(row.values) for row in self.rows)


def render_chart(title: str, groups: Sequence[Group]) -> str:
    """The whole file; `title` is read out by screen readers."""
    height = sum(group.height for group in groups)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
    ]
    top = 0
    for group in groups:
        lines += _render_group(group, top)
        top += group.height
    return "\n".join([*lines, "</svg>", ""])


def tick_step(most: float) -> float:
    """The distance of about five ticks up to `most`: 1, 2 or 5 times a power of ten.

    >>> tick_step(5.4), tick_step(70)
    (1.0, 20.0)
    """
    power: float = 10 ** math.floor(math.log10(most / 5))
    return next(step * power for step in (*_STEPS, 10) if step * power >= most / 5 * 0.9)


def _render_group(group: Group, top: int) -> Iterator[str]:
    yield f'<text class="head" x="8" y="{top + 20}">{escape(group.title)}</text>'
    yield f'<text class="small" x="{WIDTH - 8}" y="{top + 20}" text-anchor="end">median</text>'
    step = tick_step(group.most)
    bottom = top + _HEAD + _ROW * len(group.rows)
    for number in range(math.ceil(group.most / step) + 1):
        x = _place(number * step, group)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{top + _HEAD - 4}" y2="{bottom}"/>'
        words = f"{number * step:g} {group.unit}"
        yield f'<text class="small" x="{x}" y="{bottom + 14}" text-anchor="middle">{words}</text>'
    for number, row in enumerate(group.rows):
        yield from _render_row(row, group, top + _HEAD + _ROW * number)


def _render_row(row: Row, group: Group, top: int) -> Iterator[str]:
    middle, y = median(row.values), top + _ROW // 2
    end = _place(middle, group)
    colour = "ours" if row.is_ours else "bar"
    yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(row.label)}</text>'
    yield f'<rect class="{colour}" x="{_LEFT}" y="{top + 4}" width="{end - _LEFT:.1f}" height="{_ROW - 8}"/>'
    for value in row.values:
        yield f'<circle class="dot" cx="{_place(value, group)}" cy="{y}" r="2.5"/>'
    words = f"{middle:.0f}" if middle >= _WHOLE_FROM else f"{middle:.2f}"
    yield f'<text class="small" x="{WIDTH - 8}" y="{y + 4}" text-anchor="end">{words}</text>'


def _place(value: float, group: Group) -> float:
    step = tick_step(group.most)
    end = math.ceil(group.most / step) * step
    return round(_LEFT + value / end * (WIDTH - _LEFT - _RIGHT), 1)
