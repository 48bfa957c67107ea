"""How Python programs end, and the servers that labs start with it."""

from __future__ import annotations

from ..verdict import FailureCode
from .entry import Entry, Family, Rank, Voice, spot

_MODULE = (
    r"^(?:\S{0,100}python[\d.]{0,8}: |ModuleNotFoundError: |Error: )"
    r"No module named '?(?P<module>[\w.]{1,100})"
)
# How Node's own syntax errors begin, which have the same name.
_OF_NODE = r".{0,200}JSON|Unexpected |Invalid or |missing \)|Identifier |Cannot use "

PYTHON = Family(
    "Python",
    Voice.PROGRAM,
    (
        Entry(
            name="gunicorn-no-module",
            shows="gunicorn: ModuleNotFoundError: No module named 'main'",
            pattern=spot(
                r"^  File \"\S{1,200}/gunicorn/util\.py\", line \d{1,6}, in import_app\n"
                r"(?:    .{0,300}\n|  File \"(?:<frozen |\S{1,100}/)importlib.{0,200}\n){1,30}?"
                r"ModuleNotFoundError: No module named '(?P<module>[\w.]{1,100})'"
            ),
            cause="gunicorn is given MODULE:NAME, imports the module from the container's WORKDIR and takes "
            "the app of that name from it. There is no module {module} in that place.",
            next_step="What is your file called, and in which folder of the image does COPY put it? `docker "
            "run --rm IMAGE ls` shows what is in WORKDIR.",
        ),
        Entry(
            name="server-no-attribute",
            shows="Failed to find attribute 'application' in 'app'.",
            pattern=spot(
                r"^(?:Failed to find attribute '.{1,100}' in|"
                r"ERROR: {1,6}Error loading ASGI app\. Attribute \".{1,100}\" not found in)"
            ),
            cause="The server is given MODULE:NAME. It found and imported the module, but nothing in it has "
            "that name.",
            next_step="What is the app's variable called in your source? That is what stands after the "
            "colon.",
        ),
        Entry(
            name="uvicorn-no-module",
            shows='Error loading ASGI app. Could not import module "main".',
            pattern=spot(r"Error loading ASGI app\. Could not import module \"(?P<module>[\w.]{1,100})\""),
            cause="uvicorn is given MODULE:NAME and imports the module from the container's WORKDIR. There "
            "is no module {module} there, or something that it imports is missing.",
            next_step="What is your file called, and where in the image does COPY put it? Try the import "
            "alone: `docker run --rm IMAGE python -c` and the import statement.",
        ),
        Entry(
            name="flask-no-app",
            shows="Error: Could not import 'server'.",
            pattern=spot(
                r"^Error: (?:Could not (?:import '.{1,100}'|locate a Flask application)"
                r"|Failed to find Flask application)"
            ),
            cause="flask run imports the module that --app or FLASK_APP names, from the container's "
            "WORKDIR, and looks for the app in it. It did not get that far.",
            next_step="What is your file called, and does COPY put it into WORKDIR? Compare with --app.",
        ),
        Entry(
            name="python-no-module",
            shows="ModuleNotFoundError: No module named 'flask'",
            pattern=spot(_MODULE),
            cause="This container's Python has no module {module}. An image has only what its own lines put "
            "in: a package that is installed on your machine, or in another stage, is not there.",
            next_step="Is {module} yours? Then a COPY line must bring its file to where the program starts. "
            "Is it a package? Then it belongs on the list that pip installs from (its name there can be "
            "another), and that line must be in this stage.",
        ),
        Entry(
            name="python-no-name",
            shows="ImportError: cannot import name 'HTTPSever' from 'http.server'",
            pattern=spot(
                r"^ImportError: cannot import name '(?P<name>\w{1,100})' from "
                r"(?:partially initialized module )?"
                r"'(?P<module>[\w.]{1,100})'"
            ),
            cause="The module {module} is there, but it has no {name}: it is misspelt, the installed "
            "version is older or newer than your code expects, or a file of yours hides the real module by "
            "having its name.",
            next_step="The message ends with the file that was imported: is it the one you meant? If so, "
            "which version is installed?",
        ),
        Entry(
            name="python-indentation",
            shows="IndentationError / TabError",
            pattern=spot(r"^(?:IndentationError|TabError): (?P<what>[^\n]{1,200})"),
            cause="Python tells blocks by the blanks at the beginning of lines, and these do not fit: "
            "{what}. It reads the whole file first, so nothing of the program ran.",
            next_step="Look at the line that the message shows, and at the one before it. Blanks only, or "
            "tabs only?",
        ),
        Entry(
            name="python-syntax",
            shows="SyntaxError: expected ':'",
            pattern=spot(rf"^SyntaxError: (?!{_OF_NODE})(?P<what>[^\n]{{1,200}})"),
            cause="Python cannot read the source ({what}). It reads the whole file first, so nothing of the "
            "program ran. Docker has no part in it: the file came into the image as it is.",
            next_step="The lines above it show the file, the line and, by ^, the place; the slip may be "
            "right before. After mending it, build again: a running image keeps its old copy.",
        ),
        Entry(
            name="python-program-missing",
            shows="python: can't open file '/app.py': [Errno 2] No such file or directory",
            pattern=spot(
                r"^\S{0,100}python[\d.]{0,8}: can't open file '(?P<file>[^'\n]{1,300})': \[Errno 2\]"
            ),
            cause="Python was started and did not find its program at {file} inside the image (exit code "
            "2). A path without a slash in front counts from WORKDIR, which is / where no line sets it.",
            next_step="Where did COPY put the program? `docker run --rm IMAGE ls` shows what is in WORKDIR.",
        ),
        Entry(
            name="python-port-taken",
            shows="OSError: [Errno 98] Address already in use",
            pattern=spot(r"^(?:\S{0,60} ?)?OSError: \[Errno 98\] .{0,120}[Aa]ddress already in use"),
            cause="Two servers in the same container want the same port. Each container has ports of its "
            "own, so another container is not in the way: this program, or one beside it, listens twice.",
            next_step="What else does CMD start? Is the server started at import and again in the main part?",
        ),
        Entry(
            name="python-no-variable",
            shows="KeyError: 'DATABASE_URL' (from os.environ)",
            pattern=spot(
                r"^  File \"<frozen os>\", line \d{1,6}, in __getitem__\n(?:.{0,200}\n){0,4}?"
                r"KeyError: '(?P<name>\w{1,100})'"
            ),
            cause="The program reads the environment variable {name}, and it is not set in the container. A "
            "container does not see your terminal's variables: it has those of ENV lines and of `docker run "
            "-e`.",
            next_step="Is there a value that is right for everybody? It fits ENV, or a default in the code. "
            "Secrets and addresses are given when the container is started.",
        ),
        Entry(
            name="python-refused",
            shows="ConnectionRefusedError: [Errno 111] Connection refused",
            pattern=spot(r"^ConnectionRefusedError: \[Errno 111\] Connection refused"),
            cause="The program asked for a connection and nothing listens at that address. In a container, "
            "localhost and 127.0.0.1 mean the container itself, not your machine and not another container.",
            next_step="Which address does the program use, and where does that server run? Containers on "
            "one network reach each other by their names.",
        ),
        Entry(
            name="python-unknown-host",
            shows="socket.gaierror: [Errno -2] Name or service not known",
            pattern=spot(r"^(?:\S{0,60}\.)?gaierror: \[Errno -[235]\] "),
            cause="The program asked for a host by name and no such name is known in the container. Names "
            "of other containers are known only on a network that you made and both are on; names of the "
            "internet are not known here at all.",
            next_step="Does `docker network inspect` show both containers on one network, and is the name "
            "spelt right?",
        ),
        Entry(
            name="python-file-missing",
            shows="FileNotFoundError: [Errno 2] No such file or directory: 'config.json'",
            pattern=spot(r"^FileNotFoundError: \[Errno 2\] .{0,60}: '(?P<file>[^'\n]{1,300})'"),
            cause="The program opened {file} inside the container, and it is not there. A path without a "
            "slash in front counts from WORKDIR; your own folder is not visible in a container.",
            next_step="Does a COPY line bring the file in, or does .dockerignore leave it out? If the "
            "program should write it first, does its folder exist?",
        ),
        Entry(
            name="python-permission",
            shows="PermissionError: [Errno 13] Permission denied: 'visits.txt'",
            pattern=spot(r"^PermissionError: \[Errno 13\] .{0,60}: '(?P<file>[^'\n]{1,300})'"),
            cause="The program may not open {file} in that way. COPY and WORKDIR make files that belong to "
            "root, and after USER the program is somebody else, who may read them at most.",
            next_step="Which folder must the program write to? Give that one, and only that one, to its "
            "user before the USER line.",
        ),
        Entry(
            name="python-not-json",
            shows="json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
            pattern=spot(r"^(?:\w{1,30}\.){0,3}JSONDecodeError: (?P<what>[^\n]{1,120})"),
            cause="The program took a text for JSON and it is none ({what}). At line 1 column 1 it is "
            "mostly empty, or an error page.",
            next_step="Print the text before it is read. Where does it come from, and is it there in the "
            "container?",
        ),
        Entry(
            name="python-not-text",
            shows="UnicodeDecodeError: 'utf-8' codec can't decode byte 0x…",
            pattern=spot(r"^UnicodeDecodeError: '(?P<encoding>[\w-]{1,40})' codec can't decode byte"),
            cause="The program read a file as text in the encoding {encoding}, and its bytes are no such "
            "text: another encoding, or no text at all.",
            next_step="Which file is it, in the traceback's lines above? Name its encoding when it is "
            "opened, or open it as bytes.",
        ),
        Entry(
            name="python-no-input",
            shows="EOFError: EOF when reading a line",
            pattern=spot(r"^EOFError: EOF when reading a line"),
            cause="The program asked for input from the keyboard, and there is none: a build has no "
            "keyboard, nor has a container that is started without -i.",
            next_step="Where would the answer come from when nobody watches? An argument, a variable or a "
            "file can be given beforehand.",
        ),
        Entry(
            name="python-undefined-name",
            shows="NameError: name 'prot' is not defined",
            pattern=spot(r"^NameError: name '(?P<name>\w{1,100})' is not defined"),
            cause="The program uses the name {name} before anything has been given that name: a slip of the "
            "pen, or a missing import.",
            next_step="The traceback's last File line says where. Mend the source, and build again: the "
            "image has a copy of it.",
        ),
        Entry(
            name="listens-on-loopback",
            shows="Running on http://127.0.0.1:8080",
            pattern=spot(
                r"(?:Running on|Uvicorn running on|[Ll]istening (?:on|at):?) {1,3}"
                r"(?P<address>http://(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5})"
            ),
            cause="The app says that it listens on {address}. 127.0.0.1 is the container's own loopback: "
            "only programs in the same container reach it. What -p publishes comes in by the container's "
            "network card, and there nobody listens.",
            next_step="Which option or variable of your server sets the host? The address 0.0.0.0 stands "
            "for all of the container's addresses.",
            rank=Rank.GENERAL,
            codes=frozenset({FailureCode.HEALTHCHECK_FAILED}),
        ),
        Entry(
            name="python-exception",
            shows="Traceback (most recent call last): … RuntimeError: …",
            pattern=spot(
                r"^Traceback \(most recent call last\):\n(?:[ \t].{0,600}\n){1,60}?"
                r"(?P<error>[A-Za-z_][\w.]{0,100})(?:: (?P<what>[^\n]{0,200}))?$"
            ),
            cause="The program ended with {error}, which nothing in it caught: {what}. A container lives as "
            "long as its first program, so it ended too, with exit code 1.",
            next_step="Read the traceback from its end: the last File line that is in your source is where "
            "to look. After mending it, build the image again.",
            rank=Rank.GENERAL,
        ),
    ),
)
