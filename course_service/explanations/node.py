"""How programs in Node end."""

from __future__ import annotations

from .entry import Entry, Family, Rank, Voice, spot

NODE = Family(
    "Node",
    Voice.PROGRAM,
    (
        Entry(
            name="node-program-missing",
            shows="Error: Cannot find module '/server.js'",
            pattern=spot(
                r"^Error: Cannot find module '(?P<file>/[^'\n]{1,300})'\n(?:    at .{0,300}\n){1,12}?"
                r"(?:  code: 'MODULE_NOT_FOUND',\n  requireStack: \[\])"
            ),
            cause="Node was started and did not find its program at {file} inside the image. A path without "
            "a slash in front counts from WORKDIR, which is / where no line sets it.",
            next_step="Where did COPY put the program, or where did the build in this stage write it? "
            "`docker run --rm IMAGE ls` shows what is in WORKDIR.",
        ),
        Entry(
            name="node-no-own-module",
            shows="Error: Cannot find module './routes'",
            pattern=spot(r"^Error: Cannot find module '(?P<file>\.{1,2}/[^'\n]{1,300})'"),
            cause="A source file asks for {file}, by a path beside its own, and it is not in the image. "
            "Names are told apart by capital and small letters, though your machine may not do so.",
            next_step="Does COPY bring that file too, with the folder that it is in? Does .dockerignore "
            "leave it out?",
        ),
        Entry(
            name="node-no-package",
            shows="Error: Cannot find module 'express'",
            pattern=spot(
                r"^(?:Error: Cannot find module|Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package) "
                r"'(?P<package>[^./'\n][^'\n]{0,200})'"
            ),
            cause="Node looks for the package {package} in node_modules beside the program and in the "
            "folders above, and it is not there. node_modules of your machine, or of another stage, is not "
            "in this image by itself.",
            next_step="Is {package} under dependencies in package.json, and does a line in this stage "
            "install it, or copy node_modules from the stage that did? What stands under devDependencies "
            "can have been left out.",
        ),
        Entry(
            name="node-port-taken",
            shows="Error: listen EADDRINUSE: address already in use :::8080",
            pattern=spot(r"^Error: listen EADDRINUSE: address already in use (?P<address>\S{1,100})"),
            cause="Two servers in the same container want the same port ({address}). Each container has "
            "ports of its own, so another container is not in the way: this program, or one beside it, "
            "listens twice.",
            next_step="Where does the source call listen, and is one of the places run twice?",
        ),
        Entry(
            name="node-import-in-commonjs",
            shows="SyntaxError: Cannot use import statement outside a module",
            pattern=spot(r"^SyntaxError: Cannot use import statement outside a module"),
            cause="Node knows two kinds of files: modules, which use import, and CommonJS, which uses "
            "require. It takes this file for the second kind, by its ending or by package.json.",
            next_step="What does package.json say under type, and does the image have that package.json "
            "beside the program?",
        ),
        Entry(
            name="node-require-in-module",
            shows="ReferenceError: require is not defined in ES module scope",
            pattern=spot(
                r"^ReferenceError: (?P<name>require|module|exports|__dirname) is not defined in ES module"
            ),
            cause="Node knows two kinds of files: modules, which use import, and CommonJS, which uses "
            "require. It takes this file for a module, by its ending or by package.json, and there is no "
            "{name} in a module.",
            next_step="Keep to one kind: what does package.json say under type, and what does the file's "
            "ending say?",
        ),
        Entry(
            name="node-syntax",
            shows="SyntaxError: Unexpected token …",
            pattern=spot(
                r"^(?P<file>/[^:\n]{1,300}):(?P<line>\d{1,6})\n(?:.{0,300}\n){1,4}?"
                r"SyntaxError: (?!Cannot use import)(?P<what>[^\n]{1,200})"
            ),
            cause="Node cannot read {file} at line {line} ({what}). It reads the whole file first, so "
            "nothing of it ran. Docker has no part in it: the file came into the image as it is.",
            next_step="Look at that line and the one before it for a bracket or quotation that is not "
            "closed. TypeScript has to be compiled before node can run it.",
        ),
        Entry(
            name="node-not-json",
            shows="SyntaxError: … is not valid JSON",
            pattern=spot(
                r"^SyntaxError: (?P<what>.{1,200}(?:is not valid JSON|in JSON at position .{1,40}))"
            ),
            cause="The program took a text for JSON and it is none ({what}).",
            next_step="Print the text before it is read. Names need double quotation marks; an empty text "
            "or an error page is no JSON either.",
        ),
        Entry(
            name="node-refused",
            shows="Error: connect ECONNREFUSED 127.0.0.1:5432",
            pattern=spot(r"^(?:Error|AggregateError)?.{0,30}connect ECONNREFUSED (?P<address>\S{1,100})"),
            cause="The program asked for a connection to {address} and nothing listens there. In a "
            "container, localhost and 127.0.0.1 mean the container itself, not your machine and not another "
            "container.",
            next_step="Where does that server run? Containers on one network reach each other by their "
            "names.",
        ),
        Entry(
            name="node-unknown-host",
            shows="Error: getaddrinfo ENOTFOUND db",
            pattern=spot(r"^Error: getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<host>\S{1,200})"),
            cause="The program asked for the host {host}, and no such name is known in the container. Names "
            "of other containers are known only on a network that you made and both are on; names of the "
            "internet are not known here at all.",
            next_step="Does `docker network inspect` show both containers on one network, and is the name "
            "spelt right?",
        ),
        Entry(
            name="node-file-missing",
            shows="Error: ENOENT: no such file or directory, open 'config.json'",
            pattern=spot(r"^Error: ENOENT: no such file or directory, \w{1,20} '(?P<file>[^'\n]{1,300})'"),
            cause="The program asked for {file} inside the container, and it is not there. A path without a "
            "slash in front counts from WORKDIR; your own folder is not visible in a container.",
            next_step="Does a COPY line bring the file in, or does .dockerignore leave it out? If the "
            "program should write it first, does its folder exist?",
        ),
        Entry(
            name="node-permission",
            shows="Error: EACCES: permission denied, open 'visits.txt'",
            pattern=spot(r"^Error: EACCES: permission denied, \w{1,20} '(?P<file>[^'\n]{1,300})'"),
            cause="The program may not open {file} in that way. COPY and WORKDIR make files that belong to "
            "root, and after USER the program is somebody else, who may read them at most.",
            next_step="Which folder must the program write to? Give that one, and only that one, to its "
            "user before the USER line.",
        ),
        Entry(
            name="node-heap-full",
            shows="FATAL ERROR: … JavaScript heap out of memory",
            pattern=spot(r"^FATAL ERROR: .{0,200}JavaScript heap out of memory"),
            cause="The program took more memory than node gives its heap, and ended (exit code 134, by "
            "signal 6). That is node's own limit, which it reaches before the container's.",
            next_step="What does the program keep for ever: a list that only grows, a whole file at once? "
            "In a build, which step works on the most at a time?",
        ),
        Entry(
            name="node-unknown-option",
            shows="node: bad option: --wacth",
            pattern=spot(r"^\S{0,100}node: bad option: (?P<option>\S{1,200})"),
            cause="node has no option {option}, and ended before it looked at the program (exit code 9). "
            "What stands behind the program's name goes to the program instead.",
            next_step="Is it spelt right, and does this image's node (`node --version`) know it?",
        ),
        Entry(
            name="node-undefined-name",
            shows="ReferenceError: prot is not defined",
            pattern=spot(r"^ReferenceError: (?P<name>[\w$]{1,100}) is not defined$"),
            cause="The program uses the name {name}, and nothing has that name: a slip of the pen, or a "
            "missing import.",
            next_step="The first line below it that is in your source says where. Mend it, and build again: "
            "the image has a copy.",
        ),
        Entry(
            name="node-undefined-property",
            shows="TypeError: Cannot read properties of undefined (reading 'port')",
            pattern=spot(
                r"^TypeError: Cannot read properties of (?P<what>undefined|null) "
                r"\(reading '(?P<name>[^'\n]{1,100})'\)"
            ),
            cause="The program asks for {name} of something that is {what}: what should have been there has "
            "not been set, read or answered.",
            next_step="The first line below it that is in your source says where. Print what stands before "
            "the dot; is it from an environment variable or a file that the container does not have?",
        ),
        Entry(
            name="node-exception",
            shows="throw new Error(…)",
            pattern=spot(
                r"^(?P<error>(?:[A-Z]\w{0,60})?Error(?: \[\w{1,60}\])?): (?P<what>[^\n]{0,200})\n"
                r"(?:    at |\{)"
            ),
            cause="The program ended with {error}, which nothing in it caught: {what}. A container lives as "
            "long as its first program, so it ended too, with exit code 1.",
            next_step="The first line that begins with at and is in your source says where. After mending "
            "it, build the image again.",
            rank=Rank.GENERAL,
        ),
    ),
)
