"""The firewall in the kernel: loaded, looked at, and put back when another program has changed it.

The table is replaced in one transaction, so there is no moment without rules, and nobody else's table is
touched. What it says is in `firewall_ruleset`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from hub_config.settings import Settings

from .errors import FirewallRefused, NeedsRoot
from .firewall_listing import Listing, describe_changes
from .firewall_ruleset import render_ruleset, table_name
from .packages import Packages, is_root
from .progress import Progress
from .watching import watching

PACKAGE = "nftables"

_KERNEL_MODULES = {
    "nft_ct": "ct state new",
    "nft_connlimit": "ct count over 1",
    "nft_limit": "limit rate over 1/second",
    "nft_fib_inet": "fib saddr . iif oif missing",
    "nft_reject_inet": "reject",
}
"""What our rules need of the kernel beyond nf_tables itself, each with a rule that needs nothing else."""


def load_firewall(settings: Settings, packages: Packages) -> None:
    """Replace our table by the settings' one. Raises `FirewallRefused`, `PackagesMissing`, `NeedsRoot`."""
    if not is_root():
        raise NeedsRoot("Loading the firewall")
    packages.install(PACKAGE)
    _load(settings)


@contextmanager
def guarded_firewall(settings: Settings, packages: Packages, progress: Progress) -> Iterator[None]:
    """Load our table, and put it back within two seconds of any change while the block runs.

    Raises as `load_firewall` does; what goes wrong later is a warning. The table stays at the end.
    """
    load_firewall(settings, packages)
    with watching("firewall", _Guard(settings, progress).look):
        yield


def find_missing_modules() -> list[str]:
    """Of what our rules need, what the kernel neither has nor loads; none where it refuses every rule."""
    if not _is_supported("accept"):
        return []
    return [module for module, rule in _KERNEL_MODULES.items() if not _is_supported(rule)]


def is_firewall_loaded(settings: Settings) -> bool:
    """True where our table is there, and nft shows it to us."""
    try:
        return _list(settings) is not None
    except FirewallRefused:
        return False


def remove_firewall(settings: Settings) -> None:
    """Take our table away; one that is not there is fine. Raises `FirewallRefused`."""
    table = f"inet {table_name(settings)}"
    _run_transaction(settings, f"table {table}\ndelete table {table}\n")


class _Guard:
    """Compares the table with what it was right after loading."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._loaded = _list(settings)
        self._problem: str | None = None

    def look(self) -> None:
        """Put the table back where it is another; warn of that, and once of what keeps us from it."""
        try:
            self._restore()
        except FirewallRefused as error:
            if str(error) != self._problem:
                self._progress.warn(f"The firewall is not as it should be. {error}")
            self._problem = str(error)
            return
        if self._problem is not None:
            self._progress.say("The firewall is as it should be again")
            self._problem = None

    def _restore(self) -> None:
        changes = describe_changes(self._loaded, _list(self._settings))
        if changes:
            _load(self._settings)
            self._progress.warn(f"Another program had changed the firewall: {changes}. It is put back")
        if self._loaded is None:  # it went before we could look
            self._loaded = _list(self._settings)


def _load(settings: Settings) -> None:
    _run_transaction(settings, render_ruleset(settings))


def _list(settings: Settings) -> Listing | None:
    """None where our table is not there. Raises `FirewallRefused`."""
    answer = _nft("--json", "--terse", "list", "table", "inet", table_name(settings))
    if answer.returncode == 0:
        return Listing.from_json(answer.stdout)
    if "No such file or directory" in answer.stderr:
        return None
    raise _refusal(settings, "read", f"nft answered: {answer.stderr.strip()}")


def _run_transaction(settings: Settings, rules: str) -> None:
    answer = _nft("-f", "-", rules=rules)
    if answer.returncode != 0:
        missing = ", ".join(find_missing_modules())
        reason = f"nft answered: {answer.stderr.strip()}"
        raise _refusal(settings, "loaded", f"the kernel lacks {missing}; {reason}" if missing else reason)


def _refusal(settings: Settings, what: str, reason: str) -> FirewallRefused:
    return FirewallRefused(
        f"The firewall table {table_name(settings)} could not be {what}",
        reason,
        "containrlab doctor says what this machine lacks (in a container: run it with NET_ADMIN)",
    )


def _is_supported(rule: str) -> bool:
    """Asked of the kernel, which keeps nothing of it."""
    rules = f"table inet containrlab_check {{ chain check {{ {rule}; }}; }}"
    return _nft("--check", "-f", "-", rules=rules).returncode == 0


def _nft(*arguments: str, rules: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["nft", *arguments], input=rules, capture_output=True, text=True, check=False)
    except OSError as error:
        raise FirewallRefused(
            "The firewall could not be looked at", f"nft cannot be run: {error}", f"apt-get install {PACKAGE}"
        ) from error
