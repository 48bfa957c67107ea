"""What npm says, and TypeScript's compiler, which npm scripts mostly run."""

from __future__ import annotations

from .entry import Entry, Family, Rank, Voice, spot

_ERROR = r"^npm (?:error|ERR!) "

NPM = Family(
    "npm",
    Voice.PROGRAM,
    (
        Entry(
            name="npm-no-such-package",
            shows="npm error code E404",
            pattern=spot(
                _ERROR
                + r"404 {1,3}(?:The requested resource )?'(?P<package>@?[^'@\n]{1,200})(?:@[^'\n]{0,60})?'"
            ),
            cause="npm asked its registry for {package}, and the registry has no package of that name (404 "
            "is HTTP's not found), or not for everybody.",
            next_step="Look the name up at npmjs.com, letter by letter, and see package.json for the same "
            "slip. A package of an organisation begins with @name/.",
        ),
        Entry(
            name="npm-no-such-version",
            shows="npm error code ETARGET",
            pattern=spot(_ERROR + r"notarget No matching version found for (?P<package>\S{1,200}?)\.?$"),
            cause="The package exists, but there is no version {package} of it.",
            next_step="Its page at npmjs.com lists the versions; a caret (^) before a version allows newer "
            "ones of the same major number.",
        ),
        Entry(
            name="npm-no-package-json",
            shows="npm error enoent Could not read package.json",
            pattern=spot(
                _ERROR + r"(?:enoent )?Could not read package\.json: .{0,80}open '(?P<file>[^'\n]{1,300})'"
            ),
            cause="npm works on the package.json of the folder that it runs in. Inside the image that "
            "folder is WORKDIR, and {file} is not there.",
            next_step="Has a COPY line put package.json there, above this line? A COPY in another stage "
            "does not count: each FROM begins anew.",
        ),
        Entry(
            name="npm-ci-without-lock",
            shows="The `npm ci` command can only install with an existing package-lock.json",
            pattern=spot(
                _ERROR
                + r"(?:code EUSAGE\n.{0,200}\n)?.{0,40}`npm ci` command can only install with an existing"
            ),
            cause="npm ci installs exactly what package-lock.json has written down, so that every build "
            "gets the same. That file is not beside package.json in the image.",
            next_step="Is package-lock.json in your folder, and does the COPY line above take it along?",
        ),
        Entry(
            name="npm-ci-out-of-step",
            shows="`npm ci` can only install packages when … package-lock.json … are in sync",
            pattern=spot(_ERROR + r"(?:Missing|Invalid): (?P<package>.{1,200}) from lock file"),
            cause="package.json asks for {package}, and package-lock.json does not have it so. npm ci "
            "refuses to guess; it only repeats what the lock file says.",
            next_step="Let npm write the lock file anew where you work (not in the build), and look at both "
            "files before you build again.",
        ),
        Entry(
            name="npm-missing-script",
            shows='npm error Missing script: "biuld"',
            pattern=spot(_ERROR + r"Missing script: \"?(?P<script>[^\"\n]{1,200})\"?"),
            cause="npm run NAME runs what package.json has under scripts by that name, and there is no "
            "{script}.",
            next_step="Run `npm run` alone: it lists the scripts that there are.",
        ),
        Entry(
            name="npm-not-json",
            shows="npm error code EJSONPARSE",
            pattern=spot(
                _ERROR + r"code EJSONPARSE\n(?:npm .{0,300}\n){0,4}?"
                r"npm (?:error|ERR!) JSON\.parse (?:Invalid package\.json: )?(?:\w{1,30}Error: )?"
                r"(?P<what>[^\n]{1,200})"
            ),
            cause="package.json is no valid JSON: {what}. JSON is stricter than JavaScript: names in double "
            "quotation marks, no comma after the last item, no comments.",
            next_step="Open package.json in the editor at the place that the message shows, and look at "
            "what comes right before it.",
        ),
        Entry(
            name="npm-peer-conflict",
            shows="npm error code ERESOLVE",
            pattern=spot(_ERROR + r".{0,10}peer (?P<wanted>.{1,100}?) from (?P<package>\S{1,200})$"),
            cause="{package} works only beside {wanted} (a peer dependency), and package.json asks for "
            "another version of that one. npm will not install two that do not fit.",
            next_step="Raise or lower one of the two until both fit. Options that force it only move the "
            "trouble to when the app runs.",
        ),
        Entry(
            name="npm-permission",
            shows="npm error code EACCES",
            pattern=spot(
                _ERROR + r"(?:Error: )?EACCES: permission denied, \w{1,20} '(?P<place>[^'\n]{1,300})'"
            ),
            cause="npm may not write to {place}. COPY and WORKDIR make files that belong to root, and a "
            "USER line above has made this step run as somebody else.",
            next_step="Install before USER, or let the folder belong to that user: COPY has an option for "
            "it.",
        ),
        Entry(
            name="npm-refused",
            shows="npm error 403 Forbidden - GET https://…",
            pattern=spot(_ERROR + r"403 .{0,20}Forbidden - GET (?P<address>\S{1,300})"),
            cause="The course's proxy lets builds reach the usual package registries and nothing else; it "
            "refused {address} (403).",
            next_step="Is the package at npmjs.com under its own name? Take it from there.",
        ),
        Entry(
            name="npm-no-network",
            shows="npm error code EAI_AGAIN",
            pattern=spot(
                _ERROR + r"code (?:EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH)$"
            ),
            cause="npm could not reach its registry: the name was not found, or nobody answered. Whether "
            "what you asked for exists it does not know.",
            next_step="Look whether the lab's builds reach registries at all: its text says so. If they do, "
            "try once more in a minute.",
        ),
        Entry(
            name="npm-engine",
            shows="npm error code EBADENGINE",
            pattern=spot(
                _ERROR + r"code EBADENGINE\n(?:npm .{0,300}\n){0,4}?"
                r"npm (?:error|ERR!) notsup Required: (?P<wanted>.{1,100})$"
            ),
            cause="A package says under engines which node it wants ({wanted}), and the base image has "
            "another. The base image decides which node there is.",
            next_step="Compare with `node --version` in the base image. Which of the two can change?",
        ),
        Entry(
            name="npm-tool-missing",
            shows="sh: 1: tsc: not found",
            pattern=spot(
                r"^> [^\n]{1,200}\n\n?sh: (?:1|line 1): (?P<tool>[\w.@/-]{1,100}): "
                r"(?:command )?not found"
            ),
            cause="A script of package.json calls {tool}, which is no program of the image: it comes with a "
            "package, in node_modules. That is not installed at this point, or only in another stage, or as "
            "a development dependency that was left out.",
            next_step="Which package brings {tool}, is it in package.json, and does a line above install it "
            "without leaving development dependencies out?",
        ),
        Entry(
            name="npm-unknown-command",
            shows='Unknown command: "isntall"',
            pattern=spot(r'^(?:npm (?:error|ERR!) )?Unknown command: "(?P<command>[^"\n]{1,200})"'),
            cause="npm has no command {command}. Scripts of package.json need the word run before their "
            "name.",
            next_step="Is it a slip of the pen, or a script of yours?",
        ),
        Entry(
            name="typescript-error",
            shows="server.ts(3,7): error TS2322: …",
            pattern=spot(
                r"^(?P<file>[^\s(:]{1,200})[(:](?P<line>\d{1,6})[,:]\d{1,6}\)?(?::| -) "
                r"error (?P<code>TS\d{1,6}): "
            ),
            cause="TypeScript's compiler found a mistake in {file}, line {line} ({code}), and ends with an "
            "exit code other than 0, so the step fails. Docker has no part in it.",
            next_step="Read that line of the source beside the message; where there are several, begin with "
            "the first. If a name or a module is unknown, is its package (or its @types) installed in this "
            "stage?",
        ),
        Entry(
            name="npm-script-failed",
            shows="npm error command failed",
            pattern=spot(
                r"^npm (?:error|ERR!) (?:command failed|Lifecycle script .{1,100} failed|code ELIFECYCLE)"
            ),
            cause="A script of package.json ended with an exit code other than 0. npm only passes that on; "
            "the reason is what the script printed above.",
            next_step="Read upwards from there to the first complaint.",
            rank=Rank.CONSEQUENCE,
        ),
    ),
)
