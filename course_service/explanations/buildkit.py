"""Steps of a build that BuildKit itself could not carry out: what is copied, what is built on."""

from __future__ import annotations

from .entry import Entry, Family, Rank, Voice, spot

BUILDKIT = Family(
    "Steps of a build (BuildKit)",
    Voice.ENGINE,
    (
        Entry(
            name="copy-outside-context",
            shows="COPY ../shared … not found",
            pattern=spot(r"^ {0,6}\d{1,6} \| >>> {1,8}(?i:COPY|ADD) {1,8}(?P<path>\.\./\S{0,200})"),
            cause="The engine never sees your disk. It gets the build context, which is the folder named at "
            "the end of `docker build`, and paths after COPY count from the top of it. There is nothing "
            "above the top, so {path} leads nowhere.",
            next_step="Bring what the image needs into the lab's folder, and name it from there.",
        ),
        Entry(
            name="copy-from-stage-missing-path",
            shows='COPY --from=builder dist … "/dist": not found',
            pattern=spot(
                r"^ {0,6}\d{1,6} \| >>> {1,8}(?i:COPY|ADD) {1,8}--from=(?P<stage>\S{1,200})"
                r"(?:.{0,2000}\n){1,8}?ERROR: failed to solve: .{0,120}failed to calculate checksum of ref "
                r'.{0,120}: "(?P<path>[^"\n]{1,200})": not found'
            ),
            cause="With --from= the path is looked up in the finished files of {stage}, not in your folder "
            "and not in that stage's WORKDIR, and {path} is not among them.",
            next_step="Follow the lines of {stage}: in which folder do its commands leave their result? "
            "List that folder with `RUN ls` there to be sure, and name the path from the root.",
        ),
        Entry(
            name="copy-not-in-context",
            shows='failed to calculate checksum of ref …: "/app.py": not found',
            pattern=spot(
                r"^ERROR: failed to solve: .{0,120}failed to calculate checksum of ref .{0,120}: "
                r'"/?(?P<path>[^"\n]{1,200})": not found'
            ),
            cause="COPY takes files from the build context: the folder that `docker build` sends to the "
            "engine, less what .dockerignore leaves out. {path} was not in what was sent. Names are told "
            "apart by capital and small letters too.",
            next_step="Run `ls -a` in the folder that you build and compare the name letter by letter. If "
            "it is there, read .dockerignore: which of its lines fits that name?",
        ),
        Entry(
            name="syntax-line",
            shows="failed to resolve source metadata for docker.io/docker/dockerfile:1",
            pattern=spot(r"failed to resolve source metadata for docker\.io/docker/dockerfile\S{0,80}:"),
            cause="A first line that begins with # syntax= makes the engine fetch another builder, as an "
            "image, before it reads the rest. Images are not fetched here, so the build ended before your "
            "first instruction.",
            next_step="Does your Dockerfile need that line? Everything that the labs ask for is known to "
            "the builder that is here.",
        ),
        Entry(
            name="copy-from-unknown-stage",
            shows="biulder: failed to resolve source metadata … (did you mean builder?)",
            pattern=spot(
                r"^ERROR: failed to solve: (?P<name>\S{1,200}): failed to resolve source metadata .{0,800}"
                r"\(did you mean (?P<meant>\S{1,200})\?\)$"
            ),
            cause="A name after --from= or FROM is first looked up among the stages above it, by what "
            "stands after their AS. None is called {name}, so the engine took it for an image on the "
            "internet. It suggests {meant}.",
            next_step="Compare the name in both lines, letter by letter.",
        ),
        Entry(
            name="base-image-unavailable",
            shows="failed to resolve source metadata for docker.io/library/python:3.9-alpine",
            pattern=spot(
                r"^ERROR: failed to solve: (?P<image>\S{1,200}): failed to resolve source metadata for"
            ),
            cause="An image is made of layers on top of a base image, and the engine needs that base first. "
            "{image} is not among the images here, and it could not be fetched: sessions reach no image "
            "registry, on purpose.",
            next_step="List what is there with `docker images` and build on one of these, tag and all: the "
            "tag after the colon is part of which image it is.",
        ),
        Entry(
            name="add-from-the-internet",
            shows='failed to load cache key: Get "https://…": dial tcp: lookup …: no such host',
            pattern=spot(r'failed to load cache key: Get "[^"\n]{1,300}": '),
            cause="ADD with an address makes the engine itself fetch the file, and the engine here reaches "
            "nothing outside. Had it worked, the image would depend on what that address answers on the "
            "day.",
            next_step="Put the file into your folder and copy it from the build context.",
        ),
        Entry(
            name="user-unknown",
            shows="unable to find user app: no matching entries in passwd file",
            pattern=spot(r"unable to find user (?P<user>[^:\n]{1,200}): no matching entries in passwd file"),
            cause="USER and --user only choose who runs what follows; they make nobody. The image's own "
            "list of users (/etc/passwd) has no {user}. Users of your machine do not count inside an image.",
            next_step="Let a RUN line above make that user, or choose one that the image has: `docker run "
            "--rm IMAGE cat /etc/passwd` lists them.",
        ),
        Entry(
            name="workdir-is-a-file",
            shows="mkdir …/app: not a directory",
            pattern=spot(
                r"mkdir \S{0,200}/cachemounts/buildkit\d{1,20}(?P<path>/\S{1,200}): not a directory"
            ),
            cause="WORKDIR makes its folder when it is missing, but at {path} there is a file already. COPY "
            "of a file to a name without a slash at its end makes a file of that name.",
            next_step="Which line above made {path}? Put WORKDIR before it, or end the destination with a "
            "slash.",
        ),
        Entry(
            name="dockerfile-missing",
            shows="failed to read dockerfile: open Dockerfile: no such file or directory",
            pattern=spot(
                r"failed to read dockerfile: open (?P<file>[^:\n]{1,200}): no such file or directory"
            ),
            cause="The builder looked in the folder that you build for a file named {file}, and found none. "
            "The name is fixed: a capital D, no ending such as .txt, and not in a folder further down.",
            next_step="Run `ls` in that folder. Are you in the lab's folder, and is the name exactly so? "
            "Another name must be told with `-f`.",
        ),
        Entry(
            name="target-stage-missing",
            shows='target stage "builder" could not be found',
            pattern=spot(r"target stage \"?(?P<stage>[^\"\n]{1,200}?)\"? could not be found"),
            cause="--target builds a Dockerfile up to the stage of that name, and no FROM line ends with AS "
            "{stage}.",
            next_step="Read the FROM lines: what are the stages called?",
        ),
        Entry(
            name="killed-137",
            shows="did not complete successfully: exit code: 137",
            pattern=spot(
                r'^#\d{1,6} ERROR: process ".{0,2000}" did not complete successfully: exit code: 137'
            ),
            cause="Exit codes above 128 mean: ended by a signal, whose number is the rest. 137 is 128 + 9, "
            "and signal 9 (KILL) leaves a program no time for a last word. Mostly the kernel sends it, to "
            "what takes more memory than there is.",
            next_step="What in this step takes the most memory? Do less at once, and watch `docker stats` "
            "or `free` in another terminal while it runs.",
            rank=Rank.GENERAL,
        ),
        Entry(
            name="crashed-139",
            shows="did not complete successfully: exit code: 139",
            pattern=spot(
                r'^#\d{1,6} ERROR: process ".{0,2000}" did not complete successfully: exit code: 139'
            ),
            cause="139 is 128 + 11: the program was ended by signal 11 (SEGV), because it touched memory "
            "that is not its own. That is a fault in compiled code, often a library built for another "
            "system than the image's.",
            next_step="Which compiled package does this step use? Install it inside the image, for the "
            "image's own system, and not by copying an installed folder in.",
            rank=Rank.GENERAL,
        ),
        Entry(
            name="command-failed",
            shows='process "/bin/sh -c …" did not complete successfully: exit code: 1',
            pattern=spot(
                r'^ERROR: failed to solve: process ".{0,2000}" did not complete successfully: '
                r"exit code: (?P<code>\d{1,3})"
            ),
            cause="RUN starts a command in a container of the layers so far, and keeps the result as a new "
            "layer only where the command ends with exit code 0. This one ended with {code}: the engine did "
            "its part, the command did not.",
            next_step="Read what the command itself printed, from the top of its step: the first complaint "
            "is mostly the reason for the others. Try it by hand in a container of the base image.",
            rank=Rank.CONSEQUENCE,
        ),
    ),
)
