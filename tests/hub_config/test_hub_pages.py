"""What a browser is given by the hub, and what another site's page cannot make it do."""

from __future__ import annotations

import http.client
from email.utils import parsedate_to_datetime

import pytest

from hub_config.limits import REQUEST_BYTES

from .running_hub import COURSE_HOST, HOST, learner_host
from .visitor import LEARNERS_PASSWORD

LOGIN_COOKIE = "__Host-jupyterhub-hub-login"
DAY_SECONDS = 24 * 3600


def test_cookies_stay_with_the_hub(hub):
    cookies = hub.visitor("learner").cookies
    assert set(cookies) == {LOGIN_COOKIE, "jupyterhub-session-id", "_xsrf"}
    for cookie in cookies.values():
        assert cookie["secure"], cookie
        assert cookie["httponly"], cookie
        assert cookie["samesite"] == "Lax", cookie
    assert cookies[LOGIN_COOKIE]["domain"] == ""
    assert cookies[LOGIN_COOKIE]["path"] == "/"


def test_sign_in_lasts_a_day(hub):
    response = hub.visitor().sign_in("learner")
    cookie = next(line for line in response.headers.get_list("Set-Cookie") if line.startswith(LOGIN_COOKIE))
    expires = parsedate_to_datetime(cookie.partition("expires=")[2].partition(";")[0])
    now = parsedate_to_datetime(response.headers["Date"])
    assert abs((expires - now).total_seconds() - DAY_SECONDS) < 5


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/hub/login", None),
        ("POST", "/hub/spawn", "learner"),
        ("DELETE", "/hub/api/users/learner/server", "learner"),
        ("POST", "/hub/api/users/learner/tokens", "learner"),
        ("POST", "/hub/api/shutdown", "teacher"),
    ],
)
def test_cookie_without_xsrf_changes_nothing(hub, method, path, name):
    visitor = hub.visitor(name)
    visitor.ask("GET", "/hub/login")
    is_form = not path.startswith("/hub/api/")
    form = {"username": "learner", "password": LEARNERS_PASSWORD} if is_form else None
    response = visitor.ask(method, path, data=form, json=None if is_form else {})
    assert response.status_code == 403
    assert "_xsrf" in response.text


def test_cookies_open_nothing_of_the_course_service(hub):
    teacher = hub.visitor("teacher")
    for method, path in (("GET", "api/me"), ("POST", "api/judge/lab1")):
        response = teacher.ask(method, f"/services/course/{path}", host=COURSE_HOST)
        assert response.status_code == 403
        assert response.json()["code"] == "not_allowed"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (HOST, "/hub/login"),
        (HOST, "/hub/api/"),
        (HOST, "/hub/no-such-page"),
        (COURSE_HOST, "/services/course/health"),
        (COURSE_HOST, "/services/course/no-such-page"),
    ],
)
def test_answers_are_neither_framed_nor_sniffed_nor_told_of(hub, host, path):
    headers = hub.visitor().ask("GET", path, host=host).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "Tornado" not in headers.get("Server", "")


def test_each_session_has_a_domain_of_its_own(hub, session):
    session("learner")
    visitor = hub.visitor("learner")
    there = visitor.ask("GET", "/user/learner/", host=learner_host("learner"), with_cookies=False)
    assert there.json()["JUPYTERHUB_USER"] == "learner"
    for host in (HOST, COURSE_HOST, learner_host("another")):
        elsewhere = visitor.ask("GET", "/user/learner/", host=host)
        assert elsewhere.status_code != 200 or "JUPYTERHUB_USER" not in elsewhere.text


def test_large_body_is_refused_before_it_comes(hub):
    connection = http.client.HTTPConnection("127.0.0.1", hub.settings.port, timeout=10)
    connection.putrequest("POST", "/hub/login", skip_host=True)
    connection.putheader("Host", HOST)
    connection.putheader("Content-Length", str(REQUEST_BYTES + 1))
    connection.endheaders(b"the first bytes")
    assert connection.getresponse().status == 400
    connection.close()
