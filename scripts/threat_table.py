"""Write the table of docs/threat-model.md from tests/attacks; with --check, fail where it is not current."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from written_table import write_or_compare

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests are no package that is installed

from tests.attacks.attack import Attack, Vantage  # noqa: E402
from tests.attacks.exhaustion import EXHAUSTION, INOTIFY  # noqa: E402
from tests.attacks.kernel_attacks import (  # noqa: E402
    DEVICES,
    HOST_FILES,
    HOST_SETTINGS,
    LIMITS,
    MOUNTS,
    SOCKETS,
    USERS,
)
from tests.attacks.network_attacks import MACHINE, NEIGHBOUR, OUTSIDE, PROXY, REACHED  # noqa: E402
from tests.attacks.pool_attacks import POOL_ATTACKS  # noqa: E402
from tests.attacks.single_attacks import SINGLE_ATTACKS  # noqa: E402
from tests.attacks.syscall_attacks import SYSCALL_ATTACKS  # noqa: E402
from tests.attacks.token_attacks import TOKEN_ATTACKS  # noqa: E402

_PROBED = (
    ("The host's kernel", (*HOST_SETTINGS, *HOST_FILES, *DEVICES, *MOUNTS, *SOCKETS, *SYSCALL_ATTACKS)),
    ("Other users, and the session's own limits", (*USERS, *LIMITS)),
    ("A workspace that comes later, and a server that is told whose it is", POOL_ATTACKS),
    ("The network", (*REACHED, *MACHINE, *NEIGHBOUR, *OUTSIDE)),
    ("The egress proxy", PROXY),
    ("Taking all there is, with the neighbour and the hub measured meanwhile", (*EXHAUSTION, INOTIFY)),
)


def render_table() -> str:
    """All attacks, a heading a group."""
    return "".join(_render_groups())


def _render_groups() -> Iterator[str]:
    for title, attacks in _PROBED:
        yield _group(title, [_probed_row(attack) for attack in attacks])
    tokens = [(attack.name, "token", attack.expected, attack.held_by) for attack in TOKEN_ATTACKS]
    yield _group("A session's token, and a forged one", tokens)
    singles = [(one.name, one.vantage, one.expected, one.held_by) for one in SINGLE_ATTACKS]
    yield _group("The judge, the clock, and the end", singles)


def _probed_row(attack: Attack) -> tuple[str, str, str, str]:
    expected = {vantage: str(attack.expected(vantage)) for vantage in attack.vantages}
    told = set(expected.values())
    words = told.pop() if len(told) == 1 else "; ".join(f"{text} ({who})" for who, text in expected.items())
    return attack.name, "both" if len(expected) == len(Vantage) else min(expected), words, attack.held_by


def _group(title: str, rows: Iterable[tuple[str, str, str, str]]) -> str:
    lines = "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)
    return f"\n### {title}\n| attack | from | must end with | held by |\n|---|---|---|---|\n{lines}"


if __name__ == "__main__":
    write_or_compare("threat-model.md", Path(__file__).name, render_table() + "\n", "tests/attacks")
