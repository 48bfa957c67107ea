"""What a lab may be called: a slug becomes a folder, a URL, a JupyterLab workspace and a terminal."""

from __future__ import annotations

import re

SLUG_PATTERN = r"[a-z0-9][a-z0-9-]{0,63}"


def is_slug(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(SLUG_PATTERN, text) is not None
