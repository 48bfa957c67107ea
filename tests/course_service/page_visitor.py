"""A browser without a screen: cookies, and the hidden field of forms."""

from __future__ import annotations

import re
from html import unescape

import httpx
from tornado.web import create_signed_value

COOKIE = "service-course"
_XSRF = re.compile(r'data-xsrf="([^"]+)"')
_TAGS = re.compile(r"<[^>]*>")


class PageVisitor:
    """Somebody at the course's pages, signed in."""

    def __init__(self, address: str, cookie_secret: bytes, token: str) -> None:
        self._client = httpx.AsyncClient(base_url=address, trust_env=False)
        self._client.cookies[COOKIE] = create_signed_value(cookie_secret, COOKIE, token).decode()
        self._xsrf = ""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def open(self, path: str = "", **headers: str) -> httpx.Response:
        """As somebody follows a link, or a script asks where `headers` say so."""
        page = await self._client.get(path, headers=headers)
        if found := _XSRF.search(page.text):
            self._xsrf = found[1]
        return page

    async def press(self, path: str, *, with_xsrf: bool = True) -> httpx.Response:
        """As somebody sends a form of the last page."""
        return await self._client.post(path, data={"_xsrf": self._xsrf} if with_xsrf else {})

    async def read(self, path: str = "") -> str:
        """The text of a page, as it is seen."""
        page = await self.open(path)
        assert page.status_code == 200, page.text
        return text_of(page)


def text_of(page: httpx.Response) -> str:
    """What is seen of a page, in one line."""
    body = page.text.partition("<main")[2]
    return " ".join(unescape(_TAGS.sub(" ", body)).split())
