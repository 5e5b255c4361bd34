"""How the programs of the package begin and end: one line for what is missing or went wrong, and an exit code."""

from __future__ import annotations

import os
import sys


def missing(error, room, extra):
    """The ImportError to raise where ``room`` cannot be imported without what ``extra`` installs: one line.

    Parameters
    ----------
    error : ModuleNotFoundError
        Of the import that failed.
    room, extra : str

    Raises
    ------
    SystemExit
        With code 2, after the line went to stderr, if ``python -m room`` is being started. Python imports the room
        before its ``__main__`` and would show a traceback; ``sys.argv[0]`` is "-m" as long as it looks for that module.

    Examples
    --------
    >>> missing(ModuleNotFoundError(name="hypothesis"), "nnprune.laws", "test")
    ImportError('nnprune.laws needs hypothesis: pip install "nnprune[test]"')
    """
    message = f'{room} needs {error.name}: pip install "nnprune[{extra}]"'
    if sys.argv[:1] == ["-m"]:
        print(f"error: {message}", file=sys.stderr)
        raise SystemExit(2)
    return ImportError(message)



def exit_code(run, stopped="Stopped by Ctrl-C."):
    """Call ``run()``; what it raises for a user's mistake or wish becomes a line on stderr.

    Parameters
    ----------
    run : callable
        Without arguments. Returns the exit code, or None for 0.
    stopped : str
        What to say after Ctrl-C.

    Returns
    -------
    int
        What ``run`` returned; 1 if the reader of the output, such as ``head``, has had enough; 2 for a ValueError or
        OSError, of which the message is printed; 130 after Ctrl-C.

    Examples
    --------
    >>> exit_code(lambda: None), exit_code(lambda: 3)
    (0, 3)
    """
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
    return 0 if code is None else code
