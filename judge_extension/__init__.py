"""The learner's Jupyter server extension, and the widgets that talk to it.

The server imports this package to find the extension; notebooks import `judge_extension.widgets`, which must
stay free of the server's modules, so nothing is imported until the server asks.
"""

from __future__ import annotations

from typing import Any

__all__ = ["_jupyter_server_extension_points"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from judge_extension.app import JudgeExtension  # late: a notebook's kernel must not pay for it

    return [{"module": "judge_extension.app", "app": JudgeExtension}]
