"""A browser, as far as the hub can tell: cookies, hosts and the hidden field of forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx

PASSWORDS = {"teacher": "an-admins-password-of-40-characters-more"}
LEARNERS_PASSWORD = "learners-password"


@dataclass
class Visitor:
    """Asks the hub's public port, whatever host it names. Keeps the hub's cookies; sends them where told."""

    port: int
    host: str
    cookies: dict[str, Morsel[str]] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        path: str,
        *,
        host: str = "",
        token: str = "",
        with_cookies: bool = True,
        **request: Any,
    ) -> httpx.Response:
        headers = {"Host": f"{host or self.host}:{self.port}", **request.pop("headers", {})}
        if token:
            headers["Authorization"] = f"token {token}"
        elif with_cookies and self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        url = f"http://127.0.0.1:{self.port}{path}"
        response = httpx.request(method, url, headers=headers, trust_env=False, timeout=30, **request)
        for line in response.headers.get_list("Set-Cookie"):
            self.cookies.update(SimpleCookie(line))
        return response

    @property
    def xsrf(self) -> str:
        """What a form of the hub's own has in its hidden field."""
        return self.cookies["_xsrf"].value

    def sign_in(self, name: str) -> httpx.Response:
        self.ask("GET", "/hub/login")
        password = PASSWORDS.get(name, LEARNERS_PASSWORD)
        form = {"username": name, "password": password, "_xsrf": self.xsrf}
        response = self.ask("POST", "/hub/login", data=form)
        assert response.status_code == 302, response.text
        return response

    def make_token(self, name: str) -> str:
        """A token with all that the signed-in user may do."""
        response = self.ask("POST", f"/hub/api/users/{name}/tokens", params={"_xsrf": self.xsrf}, json={})
        assert response.status_code == 201, response.text
        token: str = response.json()["token"]
        return token
