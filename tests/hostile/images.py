"""Rows that build, and whose image lies about what is in it, what its programs print, and who runs them."""

from __future__ import annotations

from .apps import image
from .row import SandboxRow

_LIAR = '#!/bin/sh\necho 42 "$@"\n'
_MODULES = "RUN mkdir -p /app/node_modules && touch /app/node_modules/x"

IMAGES = (
    SandboxRow(
        "entry point that repeats the question",
        None,
        image('ENTRYPOINT ["echo", "42"]'),
        ("command_output_wrong",),
        lab="prints",
    ),
    SandboxRow(
        "python that repeats the question",
        None,
        image(
            "COPY liar /liar",
            "RUN chmod 755 /liar && cp --remove-destination /liar $(command -v python)",
            liar=_LIAR,
        ),
        ("command_output_wrong",),
        lab="prints",
    ),
    SandboxRow(
        "command whose words are the engine's",
        None,
        image('ENTRYPOINT ["sh", "-c", "echo Cannot connect to the Docker daemon; false"]'),
        ("command_output_wrong",),
        lab="prints",
    ),
    SandboxRow(
        "command that prints without end",
        None,
        image('ENTRYPOINT ["yes"]'),
        ("command_output_wrong",),
        lab="prints",
    ),
    SandboxRow(
        "command that never ends",
        None,
        image('ENTRYPOINT ["sh", "-c", "sleep 600"]'),
        ("command_output_wrong",),
        lab="prints",
    ),
    SandboxRow(
        "image whose sh, true and tar lie",
        None,
        image(
            _MODULES, "COPY liar /bin/tar", "COPY liar /bin/true", "COPY liar /bin/sh", liar="#!/nothing\n"
        ),
        ("unwanted_in_image",),
        lab="clean",
    ),
    SandboxRow(
        "volume that hides what is below it",
        None,
        image("RUN mkdir -p /app/node_modules && touch /app/node_modules/x", "VOLUME /app/node_modules"),
        ("unwanted_in_image",),
        lab="clean",
    ),
    SandboxRow("USER 00", None, image("USER 00", "CMD sleep 600"), ("runs_as_root",), lab="user"),
    SandboxRow(
        "USER 00 that ends at once", None, image("USER 00", "CMD true"), ("runs_as_root",), lab="user"
    ),
    SandboxRow(
        "root by another name",
        None,
        image("RUN echo app:x:0:0::/:/bin/sh >> /etc/passwd", "USER app", "CMD sleep 600"),
        ("runs_as_root",),
        lab="user",
    ),
    SandboxRow(
        "root by another name that ends at once",
        None,
        image("RUN echo app:x:0:0::/:/bin/sh >> /etc/passwd", "USER app", "CMD true"),
        ("runs_as_root",),
        lab="user",
    ),
)
