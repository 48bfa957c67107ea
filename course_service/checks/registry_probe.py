"""Whether the package registries that a build asked for answer at all: if not, the fault is ours.

Asked from inside the sandbox, on the way that the build went. A registry that the egress policy refuses has
answered: by the proxy's no.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spawner.session_policy import Egress

from ..sandbox import Run, Sandbox

_PROBE_SECONDS = 6
_REFUSED_BY_PROXY = "403"
# What an installer prints, to one small document of each registry that it asks.
_REGISTRIES = {
    re.compile(r"\bpip3? install\b|\bpip\b.*\binstall\b", re.I): (
        "https://pypi.org/simple/pip/",
        "https://files.pythonhosted.org/",
    ),
    re.compile(r"\bnpm (?:ci|i|install)\b", re.I): ("https://registry.npmjs.org/npm/latest",),
    re.compile(r"\bapt(?:-get)? (?:update|install)\b", re.I): (
        "http://deb.debian.org/debian/dists/stable/InRelease",
    ),
}
_PROBE_SCRIPT = (
    'curl --silent --output /dev/null --proxy "$CONTAINRLAB_EGRESS_PROXY" --max-time "$0" '
    '--write-out "%{http_connect} %{http_code}" "$1"'
)


def find_silent_registry(sandbox: Sandbox, egress: Egress, build: Run) -> str | None:
    """The host of a registry that the build needed and that does not answer, or None."""
    if egress is Egress.NONE:
        return None
    for address in _addresses(build.lines):
        probe = sandbox.run(
            ["bash", "-c", _PROBE_SCRIPT, str(_PROBE_SECONDS), address], timeout_seconds=_PROBE_SECONDS + 5
        )
        if not probe.succeeded and _REFUSED_BY_PROXY not in probe.output.split():
            return address.split("/")[2]
    return None


def _addresses(lines: Iterable[str]) -> Iterable[str]:
    text = "\n".join(lines)
    for installer, addresses in _REGISTRIES.items():
        if installer.search(text):
            yield from addresses
