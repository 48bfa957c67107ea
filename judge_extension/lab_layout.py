"""How JupyterLab looks when a lab is opened: the notebook on the left, a terminal in its folder on the right.

JupyterLab keeps what is open where in a workspace, a JSON file for each name in the URL, and rewrites it
whenever the learner moves something. We write it once, before the first opening; from then on it is the
learner's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_server_terminals.terminalmanager import TerminalManager
from jupyterlab_server.workspaces_handler import WorkspacesManager

from judge_extension.workspace import NOTEBOOK


def terminal_name(slug: str) -> str:
    """The server's URLs of terminals take letters, digits and underscores only."""
    return slug.replace("-", "_")


def ensure_terminal(terminals: TerminalManager, slug: str, folder: Path) -> None:
    """JupyterLab would start one too, but in the folder above, and only the first time in the right place."""
    name = terminal_name(slug)
    if name not in terminals.terminals:
        terminals.create(name=name, cwd=str(folder))


def ensure_layout(workspaces: WorkspacesManager, slug: str) -> None:
    try:
        is_arranged = bool(workspaces.load(slug).get("data"))
    except ValueError:  # cut off while it was written: nothing in it can be saved
        is_arranged = False
    if not is_arranged:
        workspaces.save(slug, json.dumps({"data": lab_layout(slug), "metadata": {"id": slug}}))


def lab_layout(slug: str) -> dict[str, Any]:
    notebook, terminal = f"notebook:{slug}/{NOTEBOOK}", f"terminal:{terminal_name(slug)}"
    return {
        "layout-restorer:data": {
            "main": {
                "dock": {
                    "type": "split-area",
                    "orientation": "horizontal",
                    "sizes": [0.58, 0.42],
                    "children": [_tab(notebook), _tab(terminal)],
                },
                "current": notebook,
            },
            "down": {"size": 0, "widgets": []},
            "left": {"collapsed": False, "visible": True, "current": "filebrowser", "widgets": []},
            "right": {"collapsed": True, "visible": True, "widgets": []},
            "relativeSizes": [0.16, 0.84, 0],
            "top": {"simpleVisibility": True},
        },
        notebook: {"data": {"path": f"{slug}/{NOTEBOOK}", "factory": "Notebook"}},
        terminal: {"data": {"name": terminal_name(slug), "cwd": slug}},
        "file-browser-filebrowser:cwd": {"path": slug},
    }


def _tab(widget: str) -> dict[str, Any]:
    return {"type": "tab-area", "currentIndex": 0, "widgets": [widget]}
