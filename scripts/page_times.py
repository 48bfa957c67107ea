"""Measure, in Chromium, the way from the click to a lab that is of use; prints JSON.

A learner signs in, presses Start (`first`: nothing in the browser's cache), presses Resume while the session
runs (`resume`), ends it, and presses Start again in a browser with the first one's cache (`warm`). A session
waits for them each time (CONTAINRLAB_POOL). Moments are medians, in seconds from the click. With --against,
another checkout of this project is measured in turn in the same run, and each figure of this one is given as
a part of the other's. Needs root, and what `make test` needs. docs/performance.md says what they mean.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests are no package that is installed

from spawner.docker_engine import connect_engine  # noqa: E402
from tests.browser_apart import chromium_apart  # noqa: E402
from tests.browsing import CHROMIUM_ARGUMENTS, find_chromium  # noqa: E402
from tests.page_trace import PageTrace  # noqa: E402
from tests.running_course import Course, own_settings, run_course  # noqa: E402
from tests.waiting_sessions import WaitingSessions  # noqa: E402

LEARNER = "ada"
OPEN_LAB = "#open-lab1"  # Start, Resume
FIRST_PORT = 18_400
_ENDED_MILLISECONDS = 60_000

Figures = dict[str, float]


@dataclass
class Measured:
    """A checkout, its course, and what was seen of it: for each way, the figures of each round."""

    checkout: Path
    course: Course
    pool: WaitingSessions | None
    """Of this checkout; an older one has none."""
    ways: dict[str, list[Figures]] = field(default_factory=dict)

    def medians(self) -> dict[str, Figures]:
        return {
            way: {name: round(statistics.median(one[name] for one in rounds), 3) for name in rounds[0]}
            for way, rounds in self.ways.items()
        }


def figures_of(trace: PageTrace) -> Figures:
    """What one way came to: moments, and what was asked for until the last of them."""
    sent = [request for request in trace.requests if not request.is_cached]
    return {
        **trace.moments,
        "requests": len(trace.requests),
        "requests_sent": len(sent),
        "redirects": sum(request.status in (302, 303) for request in sent),
        "page_files_sent": sum(request.is_page_file for request in sent),
        "received_kb": round(sum(request.wire_bytes for request in sent) / 1000),
    }


@contextmanager
def open_browser(playwright: Playwright, chromium: Path, profile: Path) -> Iterator[Page]:
    """A window of a browser that keeps its cache in `profile`."""
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium, args=CHROMIUM_ARGUMENTS, viewport={"width": 1440, "height": 900}
    )
    try:
        yield context.pages[0]
    finally:
        context.close()


def go_home(page: Page, course: Course) -> None:
    """The learner's home; signs in where the browser has not."""
    page.goto(course.url)
    if page.locator("#username_input").count():
        page.fill("#username_input", LEARNER)
        page.fill("#password_input", course.password)
        page.click("#login_submit")
    page.locator(OPEN_LAB).wait_for()


def end_session(page: Page, course: Course) -> None:
    go_home(page, course)
    if page.locator("#end").count():
        page.click("#end summary")
        page.click("#end-now")
        page.locator("#end").wait_for(state="detached", timeout=_ENDED_MILLISECONDS)
        page.locator("#session[data-soon]").wait_for(state="detached", timeout=_ENDED_MILLISECONDS)


def slow_down(page: Page, mbit: float, milliseconds: float) -> None:
    """Let the tab have so much of a network, and no more."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    limits = {"latency": milliseconds, "downloadThroughput": mbit * 125_000, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", {"offline": False, **limits})


def measure_round(
    playwright: Playwright, chromium: Path, measured: Measured, network: tuple[float, float] | None
) -> None:
    """All three ways, in a browser that is new to the course."""
    course = measured.course
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory(prefix="page-times-") as profile:
        for ways in (("first", "resume"), ("warm",)):
            with open_browser(playwright, chromium, Path(profile)) as page:
                if network:
                    slow_down(page, *network)
                trace = PageTrace(page)
                for way in ways:
                    go_home(page, course)
                    if measured.pool:
                        measured.pool.wait_for_one()
                    trace.follow(page.locator(OPEN_LAB))
                    found[way] = figures_of(trace)
                end_session(page, course)
    for way, figures in found.items():
        measured.ways.setdefault(way, []).append(figures)
        print(measured.checkout, way, json.dumps(figures), file=sys.stderr, flush=True)


def compare(ours: Mapping[str, Figures], theirs: Mapping[str, Figures]) -> dict[str, Figures]:
    return {
        way: {name: round(figures[name] / other, 3) for name, other in theirs[way].items() if other}
        for way, figures in ours.items()
    }


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """Runs the courses, and each round of each of them in turn."""
    checkouts = [*arguments.against, ROOT]
    network = tuple(arguments.network) if arguments.network else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="page-times-")))
        engine = connect_engine()
        all_measured = []
        for number, checkout in enumerate(checkouts):
            overrides = own_settings(
                f"page-times-{number}",
                bridge_prefix=f"cp{number}",
                networks=f"10.214.{40 + 4 * number}.0/22",
                first_port=FIRST_PORT + 10 * number,
            )
            overrides |= {"CONTAINRLAB_JUDGE_SPARES": "0", "PYTHONPATH": str(checkout)}
            del overrides["CONTAINRLAB_POOL"]
            if checkout == ROOT:
                overrides["CONTAINRLAB_POOL"] = "2"
            else:
                overrides["CONTAINRLAB_SESSION_IMAGE"] = "containrlab-session:page-times"
            course = stack.enter_context(run_course(engine, folder / str(number), overrides))
            waiting = WaitingSessions(engine, course.settings.instance) if checkout == ROOT else None
            all_measured.append(Measured(checkout, course, waiting))
        playwright = stack.enter_context(sync_playwright())
        ports = [measured.course.settings.port for measured in all_measured]
        chromium = stack.enter_context(chromium_apart(find_chromium(playwright), folder / "apart", ports))
        for _ in range(arguments.rounds):
            for measured in all_measured:
                measure_round(playwright, chromium, measured, network)
    *others, ours = (measured.medians() for measured in all_measured)
    report: dict[str, object] = {"rounds": arguments.rounds, "processors": os.cpu_count(), **ours}
    if others:
        report |= {"against": others[0], "ratios": compare(ours, others[0])}
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, nargs=1, default=[], metavar="CHECKOUT")
    parser.add_argument(
        "--network", type=float, nargs=2, metavar=("MBIT", "MS"), help="what the browser has of a network"
    )
    print(json.dumps(measure(parser.parse_args()), indent=2))
