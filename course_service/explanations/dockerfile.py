"""Lines of a Dockerfile that BuildKit cannot read: nothing of it is built then."""

from __future__ import annotations

from .entry import Entry, Family, Rank, Voice, spot

DOCKERFILE = Family(
    "The Dockerfile's text",
    Voice.ENGINE,
    (
        Entry(
            name="command-without-run",
            shows="unknown instruction: pip",
            pattern=spot(
                r"parse error on line (?P<line>\d{1,6}): unknown instruction: "
                r"(?P<word>(?i:pip3?|python3?|npm|npx|node|apt|apt-get|apk|cd|mkdir|echo|export|curl|&&))\b"
            ),
            cause="The first word of a line in a Dockerfile is an instruction to the builder, and {word} in "
            "line {line} is a command for a shell. Commands run only as part of a RUN line; when one goes "
            "on over several lines, each of them but the last must end with a backslash.",
            next_step="Look at the line above line {line}: should it end with a backslash? If line {line} "
            "is a command of its own, it needs an instruction in front.",
        ),
        Entry(
            name="unknown-instruction",
            shows="unknown instruction: RUNN (did you mean RUN?)",
            pattern=spot(r"parse error on line (?P<line>\d{1,6}): unknown instruction: (?P<word>\S{1,200})"),
            cause="The builder reads the whole Dockerfile before it runs anything of it. It takes the first "
            "word of each line for an instruction, and there is none called {word}, so no step was begun.",
            next_step="Read line {line} from its first letter. Is the instruction spelt right, or is the "
            "line the rest of the one above, which then needs a backslash at its end?",
        ),
        Entry(
            name="copy-one-argument",
            shows="COPY requires at least two arguments",
            pattern=spot(r"(?P<what>COPY|ADD) requires at least two arguments"),
            cause="{what} needs to know what to take and where to put it. The first is a path in the build "
            "context (your folder), the last a path in the image; one of them is missing.",
            next_step="Name a destination as well. A single dot means the image's current folder, which "
            "WORKDIR sets.",
        ),
        Entry(
            name="from-three-arguments",
            shows="FROM requires either one or three arguments",
            pattern=spot(r"FROM requires either one or three arguments"),
            cause="FROM takes an image, or an image, the word AS and a name for the stage. Here there is "
            "something between the two.",
            next_step="Either give the stage a name after AS, or take the rest of the line away.",
        ),
        Entry(
            name="no-from",
            shows="no build stage in current context",
            pattern=spot(r"no build stage in current context"),
            cause="Every instruction changes an image that is already there, and FROM says which one to "
            "begin with. Where something else comes first, there is no image yet that it could change.",
            next_step="Which image has the language that your app is written in? Begin with it.",
        ),
        Entry(
            name="empty-dockerfile",
            shows="file with no instructions",
            pattern=spot(r"file with no instructions"),
            cause="The builder found a Dockerfile in which there is no instruction: it is empty, not saved "
            "yet, or has notes only (lines that begin with #).",
            next_step="Save the file in the editor, look with `cat Dockerfile` at what the builder sees, "
            "and begin with the image to build on.",
        ),
        Entry(
            name="image-name-not-lowercase",
            shows="invalid reference format: repository name must be lowercase",
            pattern=spot(
                r'failed to parse stage name "(?P<image>[^"]{1,200})": invalid reference format: '
                r"repository name .{0,200}must be lowercase"
            ),
            cause="{image} cannot be the name of any image: names of images have small letters only. The "
            "builder did not even look for it.",
            next_step="Write the image's name after FROM in small letters.",
        ),
        Entry(
            name="image-name-invalid",
            shows='failed to parse stage name "python:": invalid reference format',
            pattern=spot(r'failed to parse stage name "(?P<image>[^"]{0,200})": invalid reference format$'),
            cause="{image} does not have the form of an image's name, which is NAME:TAG with no blank, no "
            "quotation mark and nothing left out on either side of the colon. A variable that is empty "
            "leaves such a gap.",
            next_step="Compare the name after FROM with one that `docker images` lists.",
        ),
        Entry(
            name="env-without-equals",
            shows="ENV must have two arguments",
            pattern=spot(
                r"(?:ENV|LABEL) must have two arguments|can't find = in .{1,200}\. Must be of the form"
            ),
            cause="ENV and LABEL set names to values that stay in the image. A name stands there without "
            "its value, or a value with a blank in it has no quotation marks and so looks like two.",
            next_step="Write each as NAME=value, without blanks around the equals sign. What only the "
            "running container knows is given at `docker run` with `-e`.",
        ),
        Entry(
            name="expose-not-a-port",
            shows="Invalid containerPort: http",
            pattern=spot(r"failed to solve: [Ii]nvalid (?:containerPort|proto): (?P<port>\S{1,200})"),
            cause="EXPOSE notes the number of the port that the app listens on, and {port} is no number "
            "from 1 to 65535. It is a note only: it opens nothing, and the app listens where its own code "
            "says.",
            next_step="Which port does your app listen on? Write that number.",
        ),
        Entry(
            name="unknown-flag",
            shows="unknown flag: form (did you mean from?)",
            pattern=spot(r"parse error on line (?P<line>\d{1,6}): unknown flag: (?P<flag>\S{1,200})"),
            cause="Words that begin with -- right after an instruction are options of that instruction, and "
            "this one has none called {flag}. An option for the command itself goes behind the command.",
            next_step="Look at line {line}: is the option spelt right, and is it the instruction's or the "
            "command's?",
        ),
        Entry(
            name="quote-not-closed",
            shows="unexpected end of statement while looking for matching double-quote",
            pattern=spot(r"unexpected end of statement while looking for matching (?P<quote>[a-z-]{1,40})"),
            cause="A quotation was opened and the line ended before it was closed ({quote}), so the builder "
            "cannot tell where the value ends.",
            next_step="Count the quotation marks in the line: each needs a partner of the same kind. Curly "
            "ones from a text processor do not count.",
        ),
        Entry(
            name="heredoc-not-closed",
            shows="unterminated heredoc",
            pattern=spot(r"unterminated heredoc"),
            cause="After << stands the word that ends a block of lines. The builder read to the end of the "
            "file and never met that word alone on a line, so everything below belonged to the block.",
            next_step="End the block with that word, at the very beginning of a line and with nothing "
            "behind it.",
        ),
        Entry(
            name="stages-in-a-circle",
            shows="circular dependency detected on stage",
            pattern=spot(r"circular dependency detected on stage: (?P<stage>\S{1,200})"),
            cause="The stage {stage} copies from itself, or two stages copy from each other. A stage is "
            "built from stages that are finished before it.",
            next_step="Which stage makes the files, and which one needs them? Copy in that direction only; "
            "the name after --from= is that of the stage that makes them.",
        ),
        Entry(
            name="dockerfile-does-not-parse",
            shows="dockerfile parse error on line 3: …",
            pattern=spot(r"dockerfile parse error on line (?P<line>\d{1,6})"),
            cause="The builder reads the whole Dockerfile before it runs anything of it, and stopped at "
            "line {line}, which does not follow the form of its instruction.",
            next_step="Read line {line} and the one above it. A lost backslash or quotation mark shows up "
            "one line later than it was made.",
            rank=Rank.GENERAL,
        ),
    ),
)
