"""The parts of ``tools/reliability.py``: each tries to break something many times, and counts the faults.

A part is a module with a ``TITLE``, an ``ABOUT`` (one paragraph, for the page) and ``run(say)``, which returns rows
``(what, tried, faults, note)``. ``say`` takes a line of progress.
"""
