"""How a setting's text is read: each function takes what the environment holds and raises `ValueError`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from spawner.pool_schedule import PoolSchedule

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_text(value: str) -> str:
    """As it is."""
    return value


def parse_port(value: str) -> int:
    """A TCP port."""
    port = int(value)
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} is not a port (1 to 65535)")
    return port


def parse_count(value: str) -> int:
    """A whole number from 1."""
    count = int(value)
    if count < 1:
        raise ValueError(f"{count} is not 1 or more")
    return count


def parse_disk_mebibytes(value: str) -> int:
    """A disk's size in MiB: one that has room for a file system and for something in it."""
    mebibytes = int(value)
    if mebibytes < 64:
        raise ValueError(f"{mebibytes} is not 64 or more")
    return mebibytes


def parse_whole_number(value: str) -> int:
    """A whole number from 0."""
    number = int(value)
    if number < 0:
        raise ValueError(f"{number} is less than 0")
    return number


def parse_minutes(value: str) -> float:
    """Minutes, more than 0 and at most a week; fractions count."""
    minutes = float(value)
    if not 0 < minutes <= 7 * 24 * 60:
        raise ValueError(f"{value} is not more than 0 and at most 10080 minutes")
    return minutes


def parse_seconds(value: str) -> float:
    """Seconds, more than 0 and at most 10 minutes; fractions count."""
    seconds = float(value)
    if not 0 < seconds <= 600:
        raise ValueError(f"{value} is not more than 0 and at most 600 seconds")
    return seconds


def parse_temperature(value: str) -> float:
    """A model's temperature, from 0 to 2."""
    temperature = float(value)
    if not 0 <= temperature <= 2:
        raise ValueError(f"{value} is not from 0 to 2")
    return temperature


def parse_web_address(value: str) -> str:
    """An address that begins with http:// or https:// and names a host; no password in it."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an address such as https://proxy.example.org")
    return value.rstrip("/")


def parse_choice(*names: str) -> Callable[[str], str]:
    """One of these names."""

    def parse(value: str) -> str:
        if value not in names:
            raise ValueError(f"{value} is not {' or '.join(names)}")
        return value

    return parse


def parse_names(value: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(name for name in (part.strip() for part in value.split(",")) if name)


def parse_networks(value: str) -> tuple[IPNetwork, ...]:
    """Networks or single addresses between commas."""
    return tuple(ipaddress.ip_network(name) for name in parse_names(value))


def parse_existing_file(value: str) -> Path:
    """A file that is there."""
    path = Path(value).expanduser().resolve()
    if not path.is_file():
        raise ValueError(f"no such file: {path}")
    return path


def parse_path(value: str) -> Path:
    """A path, made absolute."""
    return Path(value).expanduser().resolve()


def parse_bridge_prefix(value: str) -> str:
    """What a bridge's name may begin with."""
    # A bridge's name has at most 15 characters (IFNAMSIZ): PREFIX and 11 more (spawner/bridge_names.py).
    if not re.fullmatch("[a-z0-9]{1,4}", value):
        raise ValueError("must be 1 to 4 lower-case letters or digits")
    return value


def parse_disk_provider(value: str) -> str:
    """A name that `spawner.disk_provider` knows."""
    if value not in ("auto", "loop", "xfs", "tmpfs", "none"):
        raise ValueError(f"{value} is not auto, loop, xfs, tmpfs or none")
    return value


def parse_pool_schedule(value: str) -> str:
    """A timetable of the pool, as `spawner.pool_schedule` reads it."""
    PoolSchedule.parse(value)
    return value
