"""Recipes: the same for the same content, another for any change that could matter to an image."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from hub_config.settings import ROOT
from operator_cli.build_context import (
    EXTRA_CA_FILE,
    BuildContext,
    ContextFile,
    added_ca_context,
    session_image_context,
    substitute_context,
)

PLAIN = {"a": ContextFile(b"1"), "b": ContextFile(b"2")}


@pytest.mark.parametrize(
    ("files", "ingredients"),
    [
        pytest.param({"a": ContextFile(b"2"), "b": ContextFile(b"2")}, ["base"], id="content"),
        pytest.param({"a": ContextFile(b"1", True), "b": ContextFile(b"2")}, ["base"], id="mode"),
        pytest.param({"c": ContextFile(b"1"), "b": ContextFile(b"2")}, ["base"], id="name"),
        pytest.param({"a": ContextFile(b"12"), "b": ContextFile(b"")}, ["base"], id="where a file ends"),
        pytest.param({"a": ContextFile(b"1")}, ["base"], id="one file less"),
        pytest.param(PLAIN, ["another base"], id="base image"),
        pytest.param(PLAIN, ["ba", "se"], id="where an ingredient ends"),
    ],
)
def test_recipe_changes_with(files: dict[str, ContextFile], ingredients: list[str]):
    assert BuildContext(files).recipe(*ingredients) != BuildContext(PLAIN).recipe("base")


def test_recipe_and_tar_depend_on_neither_order_nor_time(tmp_path: Path):
    (tmp_path / "Dockerfile").write_text("FROM x")
    before = substitute_context(tmp_path, None)
    os.utime(tmp_path / "Dockerfile", (0, 0))
    after = substitute_context(tmp_path, None)
    assert (before.recipe(), before.as_tar()) == (after.recipe(), after.as_tar())
    assert BuildContext(dict(reversed(PLAIN.items()))).as_tar() == BuildContext(PLAIN).as_tar()


def test_session_image_is_built_from_both_folders(tmp_path: Path):
    extra_ca = tmp_path / "ca.pem"
    extra_ca.write_text("a CA")
    context = session_image_context(extra_ca)
    paths = set(context.files)
    assert {"Dockerfile", "image_files/entry", "judge_extension/__init__.py", EXTRA_CA_FILE} <= paths
    assert not [path for path in paths if "__pycache__" in path or path.startswith("base_images")]
    assert context.files[EXTRA_CA_FILE].content == b"a CA"


def test_nothing_that_only_the_judge_may_know_is_in_the_session_image():
    secret = {file.read_bytes() for file in ROOT.glob("lab_notebooks/*/judge/**/*") if file.is_file()}
    assert secret
    assert not [path for path, file in session_image_context(None).files.items() if file.content in secret]


def test_without_an_extra_ca_the_file_is_empty():
    assert session_image_context(None).files[EXTRA_CA_FILE].content == b""


def test_executable_files_stay_executable():
    content = BuildContext({"x": ContextFile(b"", True)}).as_tar()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert [(member.name, member.mode) for member in archive] == [("x", 0o755)]


def test_ca_layer_stands_on_the_pulled_image_and_names_the_bundle(tmp_path: Path):
    extra_ca = tmp_path / "ca.pem"
    extra_ca.write_text("a CA")
    dockerfile = added_ca_context("sha256:1", extra_ca).files["Dockerfile"].content.decode()
    assert dockerfile.startswith("FROM sha256:1\n")
    for variable in ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        assert f"{variable}=/etc/ssl/certs/ca-certificates.crt" in dockerfile
