"""`containrlab lab` as an author types it; the generated lab's own cases run on real sandboxes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from operator_cli.main import cli


@pytest.fixture
def labs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An author's folder of labs, where the command is called; not made yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTAINRLAB_LABS_DIR", str(tmp_path / "labs"))
    return tmp_path / "labs"


def lab(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["lab", *arguments])


def test_a_new_lab_is_written_and_the_next_steps_are_told(labs_dir):
    answer = lab("new", "my-lab", "--title", 'Grüße: "my" lab')
    assert answer.exit_code == 0, answer.output
    assert "The lab my-lab is in labs/my-lab." in answer.stdout
    assert "containrlab lab test my-lab" in answer.stdout
    assert yaml.safe_load((labs_dir / "my-lab" / "lab.yaml").read_text())["title"] == 'Grüße: "my" lab'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["My Lab!"], "'My Lab!' cannot name a lab: take 1 to 40 lower-case letters, digits and hyphens"),
        (["My Lab!"], "for example my-lab"),
        (["../up"], "for example up"),
        (["lab\n"], "for example lab"),
        (["???"], "for example lab4"),
        (["a" * 41], f"for example {'a' * 40}"),
        (["fine", "--title", " "], "take one line of text"),
        (["fine", "--title", "two\nlines"], "take one line of text"),
    ],
)
def test_a_slug_or_a_title_that_cannot_be_is_refused_with_what_to_do(labs_dir, arguments, said):
    answer = lab("new", *arguments)
    assert answer.exit_code == 2
    assert said in answer.stderr
    assert not labs_dir.exists()


def test_a_folder_that_is_there_is_not_touched(labs_dir):
    (labs_dir / "my-lab").mkdir(parents=True)
    answer = lab("new", "my-lab")
    assert answer.exit_code == 2
    assert "Error: There is a lab my-lab already" in answer.stderr
    assert "Mend:  take another slug" in answer.stderr
    assert list((labs_dir / "my-lab").iterdir()) == []


def test_a_folder_of_labs_that_is_a_file_is_named(labs_dir):
    labs_dir.write_text("")
    answer = lab("new", "my-lab")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("Error: ")
    assert str(labs_dir) in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a lab to test, or give --all. The labs: one, two"),
        (["one", "--all"], "Name labs or give --all, not both."),
        (["three"], "Error: There is no lab 'three'"),
        (["one", "--times", "0"], "Invalid value for '--times'"),
        (["one", "--jobs", "0"], "Invalid value for '--jobs'"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_what_to_type(labs_dir, arguments, said):
    lab("new", "one")
    lab("new", "two")
    answer = lab("test", *arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_without_a_lab_the_way_to_one_is_told(labs_dir):
    labs_dir.mkdir()
    answer = lab("test", "--all")
    assert answer.exit_code == 2
    assert "containrlab lab new SLUG" in answer.stderr


def test_a_mistake_in_a_lab_is_named_by_file_and_line_before_anything_is_started(labs_dir, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{labs_dir}/no.sock")
    lab("new", "my-lab")
    file = labs_dir / "my-lab" / "lab.yaml"
    file.write_text(file.read_text().replace("port: 8080", "port: 80800"))
    line = 1 + file.read_text().splitlines().index("    port: 80800")
    answer = lab("test", "my-lab", "--json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert f"Why:   labs/my-lab/lab.yaml:{line}: checks[2].serves_http.port: Input should be" in answer.stderr


@pytest.mark.engine
@pytest.mark.usefixtures("as_operator")
def test_a_new_lab_passes_its_own_test_and_a_spoilt_one_does_not(labs_dir):
    lab("new", "my-lab")
    answer = lab("test", "my-lab", "--json", "--times", "1")
    report = json.loads(answer.stdout)
    assert report["passed"], report
    assert answer.exit_code == 0
    assert report["cases"] == 6
    assert {len(case["seen"]) for one in report["labs"] for case in one["cases"]} == {1}
    assert "6 of 6: " in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("as expected: 6 cases of 1 lab, each judged once")

    # Of its cases the solution alone needs a sandbox now, so that judging all twice takes little time.
    folder = labs_dir / "my-lab"
    (folder / "learner" / "Dockerfile").unlink()
    (folder / "judge" / "starter" / "expect.yaml").write_text("codes: [dockerfile_missing]\n")
    mutants = folder / "judge" / "mutants"
    for name in ("app_not_copied", "runs_as_root", "wrong_port"):
        shutil.rmtree(mutants / name)
    (mutants / "no_dockerfile" / "expect.yaml").write_text("codes: [runs_as_root]\ndelete: [Dockerfile]\n")
    answer = lab("test", "my-lab")
    assert answer.exit_code == 1
    assert "6 of 6: " in answer.stderr
    assert answer.stdout.splitlines()[-1] == "not as expected: 1 of 3 cases (my-lab no_dockerfile)"
