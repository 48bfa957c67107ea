"""The plain way's image: JupyterLab and jupyterhub as pip installs them, at the session image's versions.

It stands on the session image, so that both have the same Debian, Python and files in the machine's cache;
what runs comes from an environment of its own, with all that pip brings, and with nothing of ours set.
"""

from __future__ import annotations

import docker

from hub_config.settings import Settings
from spawner.labels import RECIPE

from ..build_context import BuildContext, ContextFile
from ..image_build import build_image, find_image, image_labels
from ..progress import Progress

TAG = "containrlab-bench-plain:latest"
_DOCKERFILE = """\
FROM {image}
RUN sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf \\
 && python3 -m venv /opt/plain \\
 && /opt/plain/bin/pip install --no-cache-dir --constraint /opt/containrlab/requirements.txt \\
      jupyterhub jupyterlab
ENTRYPOINT []
USER 1000
ENV PATH=/opt/plain/bin:/usr/local/bin:/usr/bin:/bin
CMD ["jupyterhub-singleuser"]
"""


def ensure_plain_image(engine: docker.APIClient, settings: Settings, progress: Progress) -> str:
    """Its tag; built where it is missing or its session image is another. Raises `ImageBuildFailed`.

    It stays: the next run needs it again, and it shares its layers with the session image.
    """
    base = find_image(engine, settings.session_image)
    dockerfile = _DOCKERFILE.format(image=settings.session_image)
    context = BuildContext({"Dockerfile": ContextFile(dockerfile.encode())})
    recipe = context.recipe(str(base["Id"]) if base else "")
    present = find_image(engine, TAG)
    if present is None or image_labels(present).get(RECIPE) != recipe:
        with progress.step(f"Building {TAG}, the plain way's image"):
            build_image(engine, context, tag=TAG, labels={RECIPE: recipe}, progress=progress)
    return TAG
