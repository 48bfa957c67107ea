"""Commands in a terminal that docker does not carry out."""

from __future__ import annotations

from .entry import Entry, Family, Voice, spot

DOCKER_COMMAND = Family(
    "docker and curl in a terminal",
    Voice.ENGINE,
    (
        Entry(
            name="build-without-folder",
            shows='"docker buildx build" requires exactly 1 argument',
            pattern=spot(r'"docker (?:buildx )?build" requires (?:exactly )?1 argument'),
            cause="docker build needs to know which folder to send to the engine as the build context, and "
            "none is named. Often it is the dot at the end that is missing; two words that belong to no "
            "option are one too many.",
            next_step="Which folder holds the Dockerfile and what it copies? A dot stands for the one that "
            "you are in.",
        ),
        Entry(
            name="build-folder-missing",
            shows='unable to prepare context: path "./ap" not found',
            pattern=spot(r'unable to prepare context: path "(?P<path>[^"\n]{1,200})" not found'),
            cause="The last word of docker build is the folder that is sent to the engine as the build "
            "context, and there is no {path} where your terminal is.",
            next_step="`pwd` says where you are, `ls` what is there. A dot stands for the folder that you "
            "are in.",
        ),
        Entry(
            name="tag-not-lowercase",
            shows='invalid tag "MyApp": repository name must be lowercase',
            pattern=spot(
                r'invalid (?:tag|argument) "(?P<tag>[^"\n]{1,200})".{0,60}'
                r"(?:must be lowercase|invalid reference format)"
            ),
            cause="-t names the image, and {tag} cannot be such a name: it has small letters, digits and "
            "few signs, and a colon before the tag at most. Nothing was built.",
            next_step="Choose a name in small letters.",
        ),
        Entry(
            name="unknown-option",
            shows="unknown flag: --nocache",
            pattern=spot(r"^unknown (?:shorthand )?flag: (?P<option>.{1,200})$"),
            cause="The command has no option {option}, so docker stopped before it did anything. Options of "
            "docker run stand before the image's name, and those with one letter have one hyphen.",
            next_step="The command with `--help` lists its options; words in them are joined by hyphens.",
        ),
        Entry(
            name="not-a-docker-command",
            shows="docker: 'biuld' is not a docker command",
            pattern=spot(r"docker: '(?P<command>[^'\n]{1,100})' is not a docker command"),
            cause="The first word after docker says what to do, and docker knows no {command}.",
            next_step="`docker --help` lists the commands.",
        ),
        Entry(
            name="run-without-image",
            shows='"docker run" requires at least 1 argument',
            pattern=spot(r'"docker (?P<command>[a-z ]{1,30})" requires (?:at least|exactly) \d argument'),
            cause="docker {command} needs to be told of which image or container, and no word was left for "
            "it: an option may have taken it as its value.",
            next_step="Read the line Usage below it: what stands there in capital letters, and which word "
            "of yours is which?",
        ),
        Entry(
            name="no-such-container",
            shows="No such container: web",
            pattern=spot(r"No such container: (?P<name>\S{1,200})"),
            cause="There is no container {name}. An image's name is not a container's, a container without "
            "--name gets a name that Docker makes up, and one that ran with --rm is gone with its end.",
            next_step="`docker ps -a` lists all, with their names in the last column.",
        ),
        Entry(
            name="no-such-image",
            shows="No such image: my-app:latest",
            pattern=spot(r"No such image: (?P<name>\S{1,200}?)\.?$"),
            cause="The engine has no image {name}; without a tag, :latest is meant.",
            next_step="`docker images` lists names and tags.",
        ),
        Entry(
            name="exec-not-running",
            shows="container … is not running",
            pattern=spot(r"Error response from daemon: [Cc]ontainer \S{1,100} is not running"),
            cause="docker exec runs a second program in a container that runs, and this one has ended: a "
            "container lives as long as its first program.",
            next_step="Why did it end? `docker logs` has its last words and `docker ps -a` its exit code.",
        ),
        Entry(
            name="remove-running",
            shows="cannot remove container … container is running",
            pattern=spot(r"cannot remove container \"/?(?P<name>[^\"\n]{1,200})\": container is running"),
            cause="The container {name} still runs, and docker rm removes only what has ended, so that "
            "nothing is lost by mistake.",
            next_step="End it first; docker has a command for that.",
        ),
        Entry(
            name="image-in-use",
            shows="unable to delete app:latest (must be forced) - container … is using its referenced image",
            pattern=spot(
                r"conflict: unable to (?:delete|remove repository reference) \"?(?P<image>[^\"\s]{1,200})\"? "
                r".{0,100}container (?P<container>\w{1,64})"
            ),
            cause="A container is a thin layer on top of its image, so it needs {image} as long as it "
            "exists, even when it has ended. {container} is such a container.",
            next_step="`docker ps -a` shows it. Is it still needed?",
        ),
        Entry(
            name="no-terminal",
            shows="the input device is not a TTY",
            pattern=spot(r"^the input device is not a TTY"),
            cause="-t asks for a terminal, and where this command ran there is none: in a notebook's cell "
            "or a script.",
            next_step="Leave -t away there, or type the command in a terminal.",
        ),
        Entry(
            name="no-engine",
            shows="Cannot connect to the Docker daemon",
            pattern=spot(r"Cannot connect to the Docker daemon at (?P<address>\S{1,200}?)\. "),
            cause="docker is only a client: it asks an engine (the daemon) to do the work, and none answers "
            "at {address}. In a session the engine starts again by itself when it has ended, for instance "
            "for want of memory.",
            next_step="Try again in some seconds. If it stays so, is DOCKER_HOST set in this terminal? It "
            "should not be.",
        ),
        Entry(
            name="curl-refused",
            shows="curl: (7) Failed to connect to localhost port 8080",
            pattern=spot(r"curl: \(7\) Failed to connect to (?P<host>\S{1,200}) port (?P<port>\d{1,5})"),
            cause="Nothing listens on port {port} of {host}. A container's port is reached from outside "
            "only when -p publishes it; EXPOSE alone does not.",
            next_step="`docker ps` shows in the column PORTS what is published, and whether the container "
            "still runs at all.",
        ),
        Entry(
            name="curl-reset",
            shows="curl: (56) Recv failure: Connection reset by peer",
            pattern=spot(
                r"curl: \((?:56|52)\) (?:Recv failure: Connection reset by peer|Empty reply from server)"
            ),
            cause="The port is published, so the engine took the connection, and then found nobody behind "
            "it: the app listens on another port in the container, on 127.0.0.1 only, or not yet.",
            next_step="What does `docker logs` say where it listens? Compare with the number behind the "
            "colon of -p; 0.0.0.0 stands for all addresses.",
        ),
    ),
)
