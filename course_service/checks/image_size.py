"""The image is not larger than the lab allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from ..verdict import MEGABYTE, Failure, FailureCode, Layer
from .check import ImageCheck, Workbench

_SHOWN_LAYERS = 3
_SHOWN_COMMAND = 80


class ImageSize(ImageCheck):
    """The unpacked layers, as ``docker history`` adds them, come to at most `most_mb` megabytes (10**6)."""

    kind: Literal["image_size"]
    most_mb: int = Field(ge=1, le=20_000)
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.IMAGE_TOO_LARGE,)
    doing: ClassVar[str] = "Weighing your image"

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        image = workbench.built
        if image.size <= self.most_mb * MEGABYTE:
            return ()
        heaviest = sorted(image.layers, key=lambda layer: layer.size, reverse=True)[:_SHOWN_LAYERS]
        return (
            self.failure(
                FailureCode.IMAGE_TOO_LARGE,
                f"The image has {self._shown(image.size)} MB; this lab allows {self.most_mb} MB. "
                f"Its largest layers: {'; '.join(_describe(layer) for layer in heaviest)}.",
                "docker history shows what each instruction adds. What only the build needs has no place "
                "in the last stage.",
            ),
        )

    def _shown(self, size: int) -> str:
        """As the panel shows it, and never as a size that would be allowed."""
        return f"{max(round(size / MEGABYTE, 1), self.most_mb + 0.1):.1f}"


def _describe(layer: Layer) -> str:
    # The builder names each of its layers; one without a name came with a base image.
    command = " ".join(layer.created_by.removesuffix("# buildkit").split()) or "the base image"
    shortened = command if len(command) <= _SHOWN_COMMAND else f"{command[: _SHOWN_COMMAND - 1]}…"
    return f"{layer.size / MEGABYTE:.0f} MB by {shortened}"
