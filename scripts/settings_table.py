"""Write docs/settings.md from `hub_config.settings`; with --check, fail where it is not current."""

from __future__ import annotations

import sys

from hub_config.settings import ROOT, describe_settings

FILE = ROOT / "docs" / "settings.md"

_HEAD = """\
# Settings

Every setting is an environment variable. Each may also be given as `NAME_FILE`, the path of a file that
holds the value: use that for secrets. A variable that begins with `CONTAINRLAB_` and is not in this table is
refused, so that a misspelt one is not silently ignored.

This table is generated from `hub_config/settings.py` by `make docs`.

| variable | default | meaning |
|---|---|---|
"""


def render_settings_table() -> str:
    """The whole page."""
    rows = (
        f"| `{name}` | {_cell(default)} | {_cell(meaning)} |\n"
        for name, default, meaning in describe_settings()
    )
    return _HEAD + "".join(rows)


def main() -> None:
    """Write the page, or compare it."""
    page = render_settings_table()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(page, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != page:
        sys.exit("docs/settings.md is not what hub_config/settings.py says; run: make docs")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    main()
