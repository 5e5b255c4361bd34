"""The processes of others; apart from ``problems``, since workers import this, and Hypothesis takes long."""

import subprocess


def workers_of(parent):
    """The processes that ``parent`` started, by the system's table."""
    listed = subprocess.run(["ps", "-Aww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [int(pid) for pid, ppid, args in rows if int(ppid) == parent and "spawn_main" in args]
