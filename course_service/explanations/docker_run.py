"""Containers that the engine does not start, or that end at once."""

from __future__ import annotations

from ..verdict import FailureCode
from .entry import Entry, Family, Rank, Voice, spot

_EXEC = r"unable to start container process: exec: "

DOCKER_RUN = Family(
    "docker run",
    Voice.ENGINE,
    (
        Entry(
            name="options-after-image",
            shows='exec: "-p": executable file not found in $PATH',
            pattern=spot(_EXEC + r'"(?P<option>-[^"\n]{0,100})": executable file not found'),
            cause="docker run reads OPTIONS, then IMAGE, then COMMAND. What stands behind the image's name "
            "replaces the image's CMD, so {option} was taken for the program to start.",
            next_step="Put options of docker run before the image's name.",
        ),
        Entry(
            name="program-is-a-sentence",
            shows='exec: "python app.py": executable file not found in $PATH',
            pattern=spot(
                _EXEC
                + r'"(?P<words>[^"\s]{1,100} [^"\n]{1,200})": (?:executable file not found|no such file)'
            ),
            cause="In the list form (JSON) each word of a command is an item of its own, and the first is "
            "the program. Here the whole sentence {words} is one item, so the engine looked for a program "
            "with blanks in its name.",
            next_step="Split the sentence into its words, or use the form without brackets, which is given "
            "to a shell.",
        ),
        Entry(
            name="program-not-in-image",
            shows='exec: "pyhton": executable file not found in $PATH',
            pattern=spot(
                _EXEC + r'"(?P<program>[^"\n]{1,200})": (?:executable file not found|.{0,99}no such file)'
            ),
            cause="To start a container is to start one program of the image (its process 1), and there is "
            "no {program} in it: neither by that path nor in the folders of PATH. Docker's own exit code "
            "for that is 127.",
            next_step="Is the name spelt right? If so, is it in this image: does the base image have it, or "
            "a line of this stage? Look with `docker run --rm IMAGE ls` and a folder.",
        ),
        Entry(
            name="program-is-a-folder",
            shows='exec: "/app": is a directory',
            pattern=spot(_EXEC + r'"(?P<program>[^"\n]{1,200})": is a directory'),
            cause="The first word of CMD or ENTRYPOINT must be a program, and {program} is a folder in the "
            "image (exit code 126).",
            next_step="Which program is to run, and with which file of that folder?",
        ),
        Entry(
            name="program-not-executable",
            shows='exec: "/go.sh": permission denied',
            pattern=spot(_EXEC + r'"(?P<program>[^"\n]{1,200})": permission denied'),
            cause="{program} is in the image but may not be run (exit code 126). COPY keeps a file's "
            "permissions as they are in your folder, and there it is not executable.",
            next_step="Look with `ls -l` for an x in the first column. Either make the file executable, or "
            "name its interpreter first in CMD.",
        ),
        Entry(
            name="no-interpreter-line",
            shows="exec /go.sh: exec format error",
            pattern=spot(r"^exec (?P<program>\S{1,200}): exec format error$"),
            cause="The kernel cannot run {program}: it is neither a program for this processor nor a script "
            "whose first line names its interpreter. A shell would guess; the list form of CMD uses no "
            "shell.",
            next_step="What is the file's first line? A script's begins with #! and the path of a program "
            "in the image. If it is a compiled program, for which processor was it built?",
        ),
        Entry(
            name="interpreter-missing",
            shows="exec /go.sh: no such file or directory",
            pattern=spot(r"^exec (?P<program>\S{1,200}): no such file or directory$"),
            cause="{program} is there, but the program that its first line (#!) names is not. Lines that "
            "end as on Windows do that: the name then ends with an invisible character. A compiled program "
            "may miss its loader in the same way.",
            next_step="Look at the first line with `head -1 FILE | od -c`. A \\r before \\n is the invisible "
            "character; save the file with line ends of Unix (LF). Else: is that interpreter in the image?",
        ),
        Entry(
            name="no-command",
            shows="Error response from daemon: no command specified",
            pattern=spot(r"Error response from daemon: [Nn]o command specified"),
            cause="A container needs one program to run, and neither the image (CMD or ENTRYPOINT) nor the "
            "end of docker run names one. An image that begins from scratch has nothing of its own.",
            next_step="Which program is the container for? Say so in the Dockerfile's last line.",
        ),
        Entry(
            name="port-taken",
            shows="Bind for 0.0.0.0:8080 failed: port is already allocated",
            pattern=spot(
                r"Bind for \S{1,100} failed: port is already allocated"
                r"|listen tcp\d? \S{1,60}: bind: address already in use"
            ),
            cause="-p OUTSIDE:INSIDE opens a port outside the container, and a port can have one owner. "
            "Another container has it already, perhaps one that you started earlier with -d and that still "
            "runs.",
            next_step="`docker ps` shows who has it. Stop that one, or publish another port outside; the "
            "port inside may stay.",
        ),
        Entry(
            name="name-taken",
            shows='Conflict. The container name "/web" is already in use',
            pattern=spot(r"Conflict\. The container name \"/?(?P<name>[^\"\n]{1,200})\" is already in use"),
            cause="A container keeps its name after it has ended, until it is removed; {name} is such a "
            "one, or still runs. docker run always makes a new container.",
            next_step="`docker ps -a` shows those that have ended, too. Remove the old one, or have it "
            "removed at its end with the option `--rm`.",
        ),
        Entry(
            name="port-not-a-port",
            shows="Invalid containerPort / hostPort",
            pattern=spot(
                r"^docker: (?:[Ii]nvalid (?:container|host)Port: |No port specified: |invalid publish)"
            ),
            cause="-p takes OUTSIDE:INSIDE, two port numbers from 1 to 65535 with a colon and no blank "
            "between them. What stands there is none of this form.",
            next_step="On which port does the app listen in the container? That is the one behind the colon.",
        ),
        Entry(
            name="image-reference-invalid",
            shows="invalid reference format",
            pattern=spot(r"^(?:docker|ERROR): (?:.{0,200}: )?invalid reference format"),
            cause="Docker took a word of the command for an image's name, and it cannot be one: names have "
            "small letters, digits and few signs, and end with :TAG at most. A blank too much makes the "
            "next word the image.",
            next_step="Read the command word by word: which of them comes first that is no option and "
            "belongs to none?",
        ),
        Entry(
            name="mount-source-missing",
            shows="bind source path does not exist: /nope",
            pattern=spot(r"bind source path does not exist: (?P<path>\S{1,200}?)\.?$"),
            cause="A bind mount shows a folder of this machine in the container, and there is no {path} "
            "here. It is looked up where the engine runs: in your session.",
            next_step="List it with `ls`. Relative paths need a dot and a slash in front.",
        ),
        Entry(
            name="mount-not-absolute",
            shows="mount path must be absolute",
            pattern=spot(r"invalid mount path: '(?P<path>[^'\n]{1,200})' mount path must be absolute"),
            cause="-v takes OUTSIDE:INSIDE. The place inside the container has to be a whole path from the "
            "root, since a mount knows no WORKDIR, and {path} is none.",
            next_step="Where in the container does the app look for these files? Write that path from its "
            "first slash.",
        ),
        Entry(
            name="mount-file-on-folder",
            shows="not a directory: … Are you trying to mount a directory onto a file (or vice-versa)?",
            pattern=spot(
                r'error mounting "(?P<outside>[^"\n]{1,200})" to rootfs at "(?P<inside>[^"\n]{1,200})"'
            ),
            cause="A file can be mounted only over a file, and a folder over a folder. {outside} and "
            "{inside} are not of one kind. Where the outside did not exist, -v has made an empty folder of "
            "that name.",
            next_step="What is {outside}: `ls -ld` says. Is it spelt right, and does it exist before the "
            "container starts?",
        ),
        Entry(
            name="network-unknown",
            shows="network backend not found",
            pattern=spot(r"Error response from daemon: network (?P<network>\S{1,200}) not found"),
            cause="--network puts the container on a network that exists, and there is no {network}. "
            "Networks of one's own have to be made first, once.",
            next_step="`docker network ls` lists them; `docker network --help` has the rest.",
        ),
        Entry(
            name="env-file-missing",
            shows="docker: open .env: no such file or directory",
            pattern=spot(r"^docker: open (?P<file>[^:\n]{1,200}): no such file or directory"),
            cause="docker looked for {file} in the folder that your terminal is in, and it is not there. "
            "Names that begin with a dot are shown by `ls -a` only.",
            next_step="Are you in the right folder, and have you saved that file? Files with secrets are "
            "mostly not part of what is shared.",
        ),
        Entry(
            name="image-not-found",
            shows="Unable to find image 'my-app:latest' locally",
            pattern=spot(r"^Unable to find image '(?P<image>[^'\n]{1,200})' locally"),
            cause="The engine has no image {image} (without a tag, :latest is meant), so it would fetch it, "
            "and sessions reach no image registry. An image is there once a build has ended well and -t has "
            "named it.",
            next_step="`docker images` lists what there is. Did the build end well, and is the name the one "
            "after -t?",
        ),
        Entry(
            name="exited-137",
            shows="Exited (137)",
            pattern=spot(r"\bExited \(137\)|[Ee]xited with code 137|exit code:? 137\."),
            cause="Exit codes above 128 mean: ended by a signal, whose number is the rest. 137 is 128 + 9 "
            "(KILL): somebody used docker kill, a docker stop was not obeyed within 10 seconds, or the "
            "kernel ended what took more memory than there is.",
            next_step="Did you stop it yourself? Then it does not listen to signal 15: process 1 of a "
            "container gets no default for it. If not, watch its memory with `docker stats`.",
            rank=Rank.GENERAL,
        ),
        Entry(
            name="exited-139",
            shows="Exited (139)",
            pattern=spot(r"\bExited \(139\)|[Ee]xited with code 139|exit code:? 139\."),
            cause="139 is 128 + 11: the program was ended by signal 11 (SEGV), because it touched memory "
            "that is not its own. That is a fault in compiled code, often a library built for another "
            "system than the image's.",
            next_step="Which compiled package does the program load? Install it inside the image and do not "
            "copy an installed folder in.",
            rank=Rank.GENERAL,
        ),
        Entry(
            name="exited-143",
            shows="Exited (143)",
            pattern=spot(r"\bExited \(143\)|[Ee]xited with code 143|exit code:? 143\."),
            cause="143 is 128 + 15: the program was asked to end (signal 15, TERM) and did. docker stop "
            "sends that. It is how a container should end, and no failure of the app.",
            next_step="If you did not stop it, look for who did: `docker events --since 10m` tells.",
            rank=Rank.GENERAL,
        ),
        Entry(
            name="exited-126",
            shows="exit code 126",
            pattern=spot(r"\bExited \(126\)|[Ee]xited with code 126|exit code:? 126\b"),
            cause="126 means: found, but not to be run. It lacks the permission to execute, or it is a "
            "folder.",
            next_step="Look at it with `ls -l` inside the image.",
            rank=Rank.CONSEQUENCE,
        ),
        Entry(
            name="exited-127",
            shows="exit code 127",
            pattern=spot(r"\bExited \(127\)|[Ee]xited with code 127|exit code:? 127\b"),
            cause="127 means: no program of that name was found in the image.",
            next_step="Is it spelt right, and what would bring it into this image?",
            rank=Rank.CONSEQUENCE,
        ),
        Entry(
            name="exited-0",
            shows="Exited (0)",
            pattern=spot(r"\bExited \(0\)|ended at once, with exit code 0\."),
            cause="The container did not fail: its first program (process 1) had nothing more to do, and a "
            "container lives exactly as long as that one. A server that puts itself into the background "
            "ends process 1 too; so does a shell or an interpreter without a terminal.",
            next_step="Which program does CMD start, and does it stay in the foreground? `docker inspect` "
            "shows CMD, `docker logs` what it said.",
            rank=Rank.GENERAL,
            codes=frozenset({FailureCode.DOCKER_RUN_FAILED, FailureCode.HEALTHCHECK_FAILED}),
        ),
    ),
)
