"""What pip says; its last lines are often a consequence, so causes further up are looked for first."""

from __future__ import annotations

from .entry import Entry, Family, Rank, Voice, spot

PIP = Family(
    "pip",
    Voice.PROGRAM,
    (
        Entry(
            name="pip-no-network",
            shows="WARNING: Retrying (…) after connection broken by …",
            pattern=spot(
                r"^WARNING: Retrying .{0,120} after connection broken by .{0,400}"
                r"(?:Name or service not known|[Nn]ame resolution|Network is unreachable|Connection refused"
                r"|timed out)"
            ),
            cause="pip could not even reach its registry, so it saw not a single version of anything; that "
            "there is no matching distribution, as it says in the end, only follows from that.",
            next_step="Look whether the lab's builds reach registries at all: its text says so. If they do, "
            "try once more in a minute.",
        ),
        Entry(
            name="pip-proxy-refused",
            shows="Retrying (…) … OSError('Tunnel connection failed: 403 Forbidden')",
            pattern=spot(r"^(?:WARNING: Retrying|ERROR: ).{0,600}Tunnel connection failed: 403 Forbidden"),
            cause="The course's proxy lets builds reach the usual package registries and nothing else, and "
            "it refused the address that pip was told to use (403). Asking again changes nothing.",
            next_step="Where does that address come from: an option such as --index-url, a line of "
            "requirements.txt, a variable? pip's own default needs none of them.",
        ),
        Entry(
            name="pip-no-such-version",
            shows="Could not find a version that satisfies the requirement flask==99 (from versions: 0.1, …)",
            pattern=spot(
                r"^ERROR: Could not find a version that satisfies the requirement (?P<package>[^\s(]{1,200}) "
                r".{0,200}\(from versions: (?!none)"
            ),
            cause="The package exists, but no version of it fits {package} for this image's Python and "
            "processor. The list in brackets has the versions that would do.",
            next_step="Choose one from that list. If the version that you want is missing there, it may be "
            "for another version of Python: compare with `python --version` in the base image.",
        ),
        Entry(
            name="pip-no-such-package",
            shows="Could not find a version that satisfies the requirement flaskk (from versions: none)",
            pattern=spot(
                r"^ERROR: Could not find a version that satisfies the requirement (?P<package>[^\s(]{1,200}) "
                r".{0,200}\(from versions: none\)"
            ),
            cause="pip asked for {package} and was told of no version at all: there is no package of that "
            "name, or no registry was reached. The name to install can differ from the one to import.",
            next_step="Look the name up at pypi.org, letter by letter. If it is right, look further up in "
            "the log for trouble with the network.",
        ),
        Entry(
            name="pip-invalid-requirement",
            shows="ERROR: Invalid requirement: 'flask=3.0'",
            pattern=spot(r"^ERROR: Invalid requirement: ['\"](?P<what>[^'\"\n]{1,200})"),
            cause="{what} is not in the form that pip reads: a name, then a comparison such as == or >=, "
            "then a version. A single = is none.",
            next_step="Mend that line. The next line in the log says what pip expected at which place.",
        ),
        Entry(
            name="pip-conflict",
            shows="ERROR: ResolutionImpossible",
            pattern=spot(
                r"^ERROR: Cannot install (?P<packages>.{1,200}) because these package versions have "
                r"conflicting"
            ),
            cause="Each package says which versions of others it works with. Between {packages} there is no "
            "choice that all of them accept, because versions are fixed too tightly.",
            next_step="The lines under it (The conflict is caused by) say who wants what. Loosen the one "
            "that you do not need exactly, and let pip choose.",
        ),
        Entry(
            name="pip-hash-mismatch",
            shows="ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
            pattern=spot(r"^ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"),
            cause="requirements.txt says which bytes each package must have (--hash), and what was "
            "downloaded has others. That protects from a package that was changed on its way; mostly the "
            "list is only of another version.",
            next_step="Make the list of hashes anew with the tool that made it, for the versions you ask "
            "for. Do not just paste what pip got.",
        ),
        Entry(
            name="pip-requirements-missing",
            shows="Could not open requirements file: [Errno 2] No such file or directory: 'requirements.txt'",
            pattern=spot(
                r"^ERROR: Could not open requirements file: .{0,60}No such file or directory: "
                r"'(?P<file>[^'\n]{1,200})'"
            ),
            cause="pip runs inside the image, in its WORKDIR, and {file} is not there. That it is in your "
            "folder does not help yet: steps run in order, and only COPY brings a file in.",
            next_step="Is there a COPY line for it, is it above the RUN line, and does it put the file "
            "where the command looks?",
        ),
        Entry(
            name="pip-nothing-to-install",
            shows="ERROR: You must give at least one requirement to install",
            pattern=spot(r"^ERROR: You must give at least one requirement to install"),
            cause="pip install was not told what to install: neither a package nor, after -r, a file that "
            "lists them. A backslash that was lost at the end of a line cuts a command short like that.",
            next_step="Look at the whole RUN line as the log shows it: where does it end?",
        ),
        Entry(
            name="pip-no-such-option",
            shows="no such option: --nocache",
            pattern=spot(r"^no such option: (?P<option>\S{1,200})"),
            cause="pip has no option {option}, and stopped before it installed anything.",
            next_step="`pip install --help` lists its options; the words in them are joined by hyphens.",
        ),
        Entry(
            name="pip-no-compiler",
            shows="error: command 'gcc' failed: No such file or directory",
            pattern=spot(
                r"error: command '[^'\n]{1,200}' failed: No such file or directory"
                r"|error: \[Errno 2\] No such file or directory: '(?:\S{0,60}gcc|cc|c\+\+)'"
            ),
            cause="There was no finished package (wheel) for this Python and processor, so pip took the "
            "source and tried to compile it. Slim images have no compiler, to stay small.",
            next_step="First look for a version that has a wheel: other versions on the package's page at "
            "pypi.org. If there is none, compile in a stage of its own, so that the compiler is not in the "
            "final image.",
        ),
        Entry(
            name="pip-other-python",
            shows="ERROR: Package 'app' requires a different Python: 3.13.5 not in '<3.8'",
            pattern=spot(
                r"^ERROR: Package '(?P<package>[^'\n]{1,200})' requires a different Python: "
                r"(?P<version>\S{1,40}) not in '(?P<wanted>[^'\n]{1,60})'"
            ),
            cause="{package} says that it works with Python {wanted}, and the base image has {version}. The "
            "base image decides which Python there is.",
            next_step="Is there a newer version of the package, or does its requires-python say less than "
            "is true? Else it needs another base image.",
        ),
        Entry(
            name="pip-not-a-project",
            shows="Neither 'setup.py' nor 'pyproject.toml' found",
            pattern=spot(
                r"^ERROR: (?:Directory|File) '?(?P<place>[^'\n]{1,200}?)'? is not installable\. "
                r"Neither 'setup\.py' nor 'pyproject\.toml' found"
            ),
            cause="A path after pip install means: install the Python project in that folder. {place} is "
            "none: a project has a pyproject.toml or a setup.py. A list of packages is read with -r only.",
            next_step="Did you mean a list of packages, or is the project in another folder of the image?",
        ),
        Entry(
            name="pip-permission",
            shows="Could not install packages due to an OSError: [Errno 13] Permission denied",
            pattern=spot(
                r"^ERROR: Could not install packages due to an OSError: \[Errno 13\] Permission denied: "
                r"'(?P<place>[^'\n]{1,300})'"
            ),
            cause="pip may not write to {place}: it or the folder above it belongs to root, and a USER line "
            "above has made this step run as somebody else.",
            next_step="Which steps need root? Do these first, and let USER follow; the app itself then runs "
            "without.",
        ),
        Entry(
            name="pip-needs-git",
            shows="ERROR: Cannot find command 'git'",
            pattern=spot(r"^ERROR: Cannot find command '(?P<program>[^'\n]{1,60})'"),
            cause="A requirement that begins with git+ is fetched by the program {program}, which slim "
            "images do not have. And the course's builds reach package registries only, no code host.",
            next_step="Is the package on pypi.org too? Take it from there by name and version.",
        ),
        Entry(
            name="pip-externally-managed",
            shows="error: externally-managed-environment",
            pattern=spot(r"^error: externally-managed-environment"),
            cause="This image's Python is the one that Debian itself uses, and Debian has asked pip to keep "
            "its hands off it. The images named python:… have a Python of their own, made for pip.",
            next_step="Does your base image have to be this one? If so, give the app a virtual environment "
            "and call its own pip by its path.",
        ),
        Entry(
            name="pip-setup-fails",
            shows="error: subprocess-exited-with-error … ModuleNotFoundError",
            pattern=spot(
                r"^ {2,12}(?P<error>[A-Z]\w{1,60}: [^\n]{0,200})"
                r"(?=\n(?: {2,12}.{0,300}\n){0,3}? {2,12}\[end of output\])"
            ),
            cause="pip runs a package's own build script, and that script failed with {error}. So the "
            "package, in this version, does not build with this image's Python: old packages use modules "
            "that Python has dropped since.",
            next_step="Is there a newer version of that package, or one with a finished wheel? If the "
            "package is yours, run its build by hand and read the same message there.",
            rank=Rank.GENERAL,
        ),
        Entry(
            name="pip-subprocess",
            shows="error: subprocess-exited-with-error",
            pattern=spot(r"^ {0,4}error: subprocess-exited-with-error"),
            cause="pip had to build a package from its source, in a process of its own, and that process "
            "failed. pip says that it is likely not its own problem: what the process printed is above, "
            "between the brackets of the output.",
            next_step="Read that output from its end upwards to the first line that names an error.",
            rank=Rank.CONSEQUENCE,
        ),
    ),
)
