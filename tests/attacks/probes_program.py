"""What an attacker tries, as one program on plain Python.

The modules of `probes/` are functions that each say in a word or two what came of it. They run inside a
session or a container of its engine, where none of our files are, so they go there as one text.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "probes"
MODULES = ("words", "kernel", "mounts", "users", "network", "exhaustion", "runner")
"""Each after those that it imports."""

_LOADER = """\
import sys, types
package = sys.modules["probes"] = types.ModuleType("probes")
for name, source in {sources!r}:
    module = sys.modules["probes." + name] = types.ModuleType("probes." + name)
    exec(compile(source, name, "exec"), vars(module))
    setattr(package, name, module)
module.main()
"""


def render_program() -> str:
    """For ``python3 -c PROGRAM JOBS`` (`probes/runner.py`)."""
    sources = [(name, (FOLDER / f"{name}.py").read_text(encoding="utf-8")) for name in MODULES]
    return _LOADER.format(sources=sources)
