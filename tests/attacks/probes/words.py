"""What a probe says of what came of it, and a process of its own for it."""

import ctypes
import errno
import os
import time

LIMIT_SECONDS = 45
ANSWER_SECONDS = 3
libc = ctypes.CDLL(None, use_errno=True)


def say(error: OSError) -> str:
    """Its name. The runner says so of what a probe raises; a probe catches what it goes on after."""
    return "no answer" if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno, str(error))


def call(function, *arguments) -> str:
    """Call one of libc's functions; "done", or the error's name."""
    if function(*arguments) >= 0:
        return "done"
    return errno.errorcode.get(ctypes.get_errno(), "?")


def in_a_process(function, arguments) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setpgid(0, 0)
        try:
            seen = function(*arguments)
        except OSError as error:
            seen = say(error)
        except Exception as error:  # the table shows it
            seen = f"{type(error).__name__}: {error}"
        os.write(write, seen.encode())
        os._exit(0)
    os.close(write)
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            seen = os.read(read, 4096).decode() or ("killed" if os.WIFSIGNALED(status) else "nothing")
            os.close(read)
            return seen
        time.sleep(0.002)
    os.killpg(child, 9)
    os.waitpid(child, 0)
    os.close(read)
    return f"no end in {LIMIT_SECONDS} s"
