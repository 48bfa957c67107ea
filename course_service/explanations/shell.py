"""What the shell and apt say in a RUN line, and programs that every image has."""

from __future__ import annotations

from .entry import Entry, Family, Voice, spot

_SH = r"^(?:/bin/sh|sh|/bin/bash|bash)(?:: line)?: {0,2}(?:\d{1,6}: )?"
_INSTALLERS = r"(?:pip3?|python3?|npm|npx|node|yarn|apt|apt-get|apk|yum|dnf|gcc|make|git|curl|wget|uv)"

SHELL = Family(
    "Shell and apt",
    Voice.PROGRAM,
    (
        Entry(
            name="cmd-not-json",
            shows="/bin/sh: 1: [python,: not found",
            pattern=spot(_SH + r"(?P<word>\[\S{0,200}): not found"),
            cause="CMD, ENTRYPOINT and RUN have two forms: a list in JSON, which is started as it is, and a "
            "plain sentence, which is given to a shell. Yours looks like a list but is no JSON (that wants "
            "double quotation marks and commas), so the shell was asked for a program called {word}.",
            next_step="Check the list in that line: double quotation marks around each word, a comma "
            "between any two, brackets at both ends.",
        ),
        Entry(
            name="sudo-in-build",
            shows="/bin/sh: 1: sudo: not found",
            pattern=spot(_SH + r"sudo: (?:command )?not found"),
            cause="sudo lets an ordinary user act as root. A build runs as root already, unless a USER line "
            "says otherwise, and images have no sudo.",
            next_step="Leave the word away. If there is a USER line above, do what needs root before it.",
        ),
        Entry(
            name="source-in-sh",
            shows="/bin/sh: 1: source: not found",
            pattern=spot(_SH + r"source: not found"),
            cause="RUN uses /bin/sh, and source is a word of bash. Even where it is known, it changes only "
            "the shell of that one RUN line: the next line starts in a new container with a new shell.",
            next_step="Does an image need a virtual environment? It is alone with its app already. If you "
            "need one, name the environment's own program by its path, or set PATH with ENV, which stays.",
        ),
        Entry(
            name="installer-not-in-image",
            shows="/bin/sh: 1: pip: not found",
            pattern=spot(_SH + rf"(?P<program>{_INSTALLERS}): (?:command )?not found"),
            cause="An image has only what its base image brought and what lines above added; your machine's "
            "programs are not in it. In this image there is no {program} (exit code 127: command not "
            "found).",
            next_step="Is the base image the one for your app's language? If it is, what else would bring "
            "{program} into the image, in a line above?",
        ),
        Entry(
            name="script-not-found",
            shows="/bin/sh: 1: ./go.sh: not found",
            pattern=spot(_SH + r"(?P<file>\.{0,2}/\S{1,200}): (?:not found|No such file or directory)"),
            cause="The shell says not found (exit code 127) in two cases: there is no {file} where it "
            "looks, which is WORKDIR; or there is one, but not the program that its first line (#!) names. "
            "Lines that end as on Windows do that: the name then ends with an invisible character.",
            next_step="See what is there: `RUN ls -l`, and `RUN head -1 FILE | od -c`, in the line above. A "
            "\\r before \\n is the invisible character; save the file with line ends of Unix (LF).",
        ),
        Entry(
            name="script-not-executable",
            shows="/bin/sh: 1: ./go.sh: Permission denied",
            pattern=spot(_SH + r"(?P<file>\S{1,200}): Permission denied"),
            cause="Exit code 126: {file} was found but may not be run. COPY keeps a file's permissions as "
            "they are in your folder, and there it is not executable.",
            next_step="Look with `ls -l` for an x in the first column. Either make the file executable, or "
            "give it to its interpreter by name.",
        ),
        Entry(
            name="shell-command-not-found",
            shows="/bin/sh: 1: curll: not found",
            pattern=spot(_SH + r"(?P<program>[^\s:]{1,200}): (?:command )?not found"),
            cause="Exit code 127 means that the shell found no program called {program}: it looks through "
            "the folders of PATH inside the image. What is installed on your machine is not there.",
            next_step="Is the name spelt right? If it is, install it in a line above, or do without it: "
            "small images have few programs.",
        ),
        Entry(
            name="cannot-change-folder",
            shows="/bin/sh: 1: cd: can't cd to src",
            pattern=spot(
                _SH + r"cd: (?:can't cd to (?P<folder>[^\n]{1,200})|.{1,200}: No such file or directory)"
            ),
            cause="A RUN line begins in the image's WORKDIR, and there is no such folder there: {folder}. "
            "Each RUN has a shell of its own, so a cd in an earlier line has no effect on this one.",
            next_step="Has a line above copied or made that folder, at that place? WORKDIR is the lasting "
            "kind of cd.",
        ),
        Entry(
            name="shell-syntax",
            shows="/bin/sh: 1: Syntax error: …",
            pattern=spot(_SH + r"(?:Syntax error|syntax error): (?P<what>[^\n]{1,200})"),
            cause="The shell got a line that it cannot read ({what}). All of a RUN line reaches it as one "
            "line, so what is on several lines in a script needs ; or && between its parts.",
            next_step="Write the command out in a terminal first. Is each quotation, bracket and if closed?",
        ),
        Entry(
            name="apt-wants-yes",
            shows="Do you want to continue? [Y/n] Abort.",
            pattern=spot(r"Do you want to continue\? \[Y/n\] Abort\.$"),
            cause="apt asked whether to go on, and a build has nobody at a keyboard, so the answer was no.",
            next_step="Which option of apt-get says yes beforehand? `apt-get --help` has it.",
        ),
        Entry(
            name="apt-package-unknown",
            shows="E: Unable to locate package …",
            pattern=spot(r"^E: Unable to locate package (?P<package>\S{1,200})$"),
            cause="apt knows only the packages on its lists, and {package} is not on them. To stay small, "
            "base images have no lists at all: apt-get update fetches them, and has to be part of the same "
            "RUN line, since a layer from an earlier build may hold old ones.",
            next_step="Are the lists fetched first, in the same RUN? If they are, the name is another: look "
            "it up at packages.debian.org.",
        ),
        Entry(
            name="apt-as-user",
            shows="E: List directory /var/lib/apt/lists/partial is missing. … (13: Permission denied)",
            pattern=spot(r"^E: .{0,200}\(13: Permission denied\)"),
            cause="apt changes the system and so needs root, and a USER line above has made this step run "
            "as somebody else. USER holds for everything below it.",
            next_step="Do what needs root first, and let USER come after it.",
        ),
        Entry(
            name="no-network",
            shows="Temporary failure resolving 'deb.debian.org'",
            pattern=spot(
                r"(?:Temporary failure resolving '|Could not resolve '|Could not resolve host: )"
                r"(?P<host>[A-Za-z0-9._-]{1,200})"
            ),
            cause="The step asked for {host}, and its name could not be looked up. Builds here have no way "
            "to the internet but the course's package registries, and in some labs not even these.",
            next_step="Does the lab's text say that packages can be installed? If not, everything needed is "
            "in the base image or in your folder already.",
        ),
        Entry(
            name="download-refused",
            shows="Tunnel connection failed: 403 Forbidden",
            pattern=spot(r"Tunnel connection failed: 403 Forbidden|CONNECT tunnel failed, response 403"),
            cause="What a build fetches goes through the course's proxy, and the proxy refused this address "
            "(403): it is not one of the package registries that the course allows.",
            next_step="Get it as a package from PyPI, npm or Debian if there is one, or put the file into "
            "your folder and copy it in.",
        ),
        Entry(
            name="disk-full",
            shows="No space left on device",
            pattern=spot(r"[Nn]o space left on device|Disk quota exceeded"),
            cause="Every layer takes room on the disk, and what a later layer deletes still takes it in the "
            "layer that made it. Yours has none left.",
            next_step="See what takes it with `docker system df`; `docker builder prune` and `docker image "
            "prune` free what no image uses. Delete what a step downloads in that same step.",
        ),
        Entry(
            name="file-missing-in-run",
            shows="cat: settings.ini: No such file or directory",
            pattern=spot(
                r"^(?P<program>(?:cat|cp|mv|ls|rm|chmod|chown|sed|grep|tar|head|tail|sh|bash|source)): "
                r"(?:cannot \w{1,20} |can't open )?'?(?P<file>[^':\n]{1,200})'?: No such file or directory"
            ),
            cause="{program} looked for {file} inside the image, from its WORKDIR, and found none. The "
            "build context is not there by itself: only what a COPY line above has put into the image.",
            next_step="Is there a COPY line for it above this one, and does its destination fit WORKDIR?",
        ),
    ),
)
