"""What an image is built from, as one tar and one hash.

Pure but for reading files. The same files give the same bytes and the same recipe, whoever owns them and
whenever they were written, so that an image is rebuilt when something changed and only then.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

EXTRA_CA_FILE = "extra-ca.crt"
_NOT_FOR_THE_IMAGE = frozenset({"__pycache__", "__init__.py", "base_images"})
_CHANGED = 1_577_836_800  # 2020-01-01: a time stamp that every image's tools accept


@dataclass(frozen=True)
class ContextFile:
    """One file of a context."""

    content: bytes
    is_executable: bool = False


class BuildContext:
    """The files of one build, by their path in the context."""

    def __init__(self, files: Mapping[str, ContextFile]) -> None:
        self.files = dict(sorted(files.items()))

    def recipe(self, *ingredients: str) -> str:
        """A hash of every file and of `ingredients`: what else the image depends on, its base's id first."""
        digest = hashlib.sha256()
        for text in ingredients:
            digest.update(f"{len(text)}:{text}\n".encode())
        for path, file in self.files.items():
            digest.update(f"{path}\n{file.is_executable}\n{len(file.content)}\n".encode())
            digest.update(file.content)
        return digest.hexdigest()

    def as_tar(self) -> bytes:
        """The tar that the engine builds from."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for path, file in self.files.items():
                member = tarfile.TarInfo(path)
                member.size = len(file.content)
                member.mode = 0o755 if file.is_executable else 0o644
                member.mtime = _CHANGED
                archive.addfile(member, io.BytesIO(file.content))
        return buffer.getvalue()


def session_image_context(extra_ca: Path | None) -> BuildContext:
    """The session image's: dind_image/ at the root, judge_extension/ beside it."""
    extension = find_folder("judge_extension")
    files = _read_folder(find_folder("dind_image"), skip=_NOT_FOR_THE_IMAGE)
    learner_files = _read_folder(extension, skip=frozenset({"__pycache__"}))
    files |= {f"{extension.name}/{path}": file for path, file in learner_files.items()}
    files[EXTRA_CA_FILE] = _read_extra_ca(extra_ca)
    return BuildContext(files)


def substitute_context(folder: Path, extra_ca: Path | None) -> BuildContext:
    """A substitute base image's: the folder with its Dockerfile."""
    files = _read_folder(folder, skip=frozenset({"__pycache__"}))
    files[EXTRA_CA_FILE] = _read_extra_ca(extra_ca)
    return BuildContext(files)


def added_ca_context(base: str, extra_ca: Path) -> BuildContext:
    """A thin layer on a pulled image, so that what learners install in it trusts the extra CA too."""
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    lines = (
        f"FROM {base}",
        f"COPY {EXTRA_CA_FILE} /usr/local/share/{EXTRA_CA_FILE}",
        f"RUN mkdir -p /etc/ssl/certs && cat /usr/local/share/{EXTRA_CA_FILE} >> {bundle}",
        f"ENV PIP_CERT={bundle} SSL_CERT_FILE={bundle} NODE_EXTRA_CA_CERTS={bundle}",
    )
    return BuildContext(
        {
            "Dockerfile": ContextFile("\n".join(lines).encode()),
            EXTRA_CA_FILE: _read_extra_ca(extra_ca),
        }
    )


def find_folder(package: str) -> Path:
    """The folder of one of our packages, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The package {package} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _read_extra_ca(extra_ca: Path | None) -> ContextFile:
    return ContextFile(extra_ca.read_bytes() if extra_ca else b"")


def _read_folder(folder: Path, skip: frozenset[str]) -> dict[str, ContextFile]:
    return {
        path.relative_to(folder).as_posix(): ContextFile(
            path.read_bytes(), is_executable=bool(path.stat().st_mode & 0o100)
        )
        for path in folder.rglob("*")
        if path.is_file() and not skip.intersection(path.relative_to(folder).parts)
    }
