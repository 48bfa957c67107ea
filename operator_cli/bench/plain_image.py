"""The plain way's image: JupyterLab and jupyterhub as pip installs them, at the session image's versions.

The session image, with what pip brings along and it leaves out (the grammar that jupyter-events asks
jsonschema for), and without its settings, its extension and its entry point.
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
 && version=$(grep '^jsonschema==' /opt/containrlab/requirements.txt | cut -d = -f 3) \\
 && /opt/jupyter/bin/python -m pip install --no-cache-dir "jsonschema[format-nongpl]==$version" \\
 && rm -rf /opt/jupyter/etc/jupyter/jupyter_server_config.json /opt/jupyter/etc/jupyter/labconfig \\
      /opt/jupyter/share/jupyter/lab/settings /opt/jupyter/lib/python3*/site-packages/containrlab.pth
ENTRYPOINT []
USER 1000
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
