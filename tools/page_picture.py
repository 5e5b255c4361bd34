"""A picture of a page's top as docs show it: ``python tools/page_picture.py explore.html docs/explore.png``.

Taken with Chromium, light, as soon as the page has loaded and its figures are computed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from chromium import Chromium, find


def main():
    """Take it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--height", type=int, default=1000)
    arguments = parser.parse_args()
    if find() is None:
        sys.exit("there is no chromium on this machine (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder, Chromium(folder) as browser:
        browser.window(arguments.width, arguments.height)
        browser.open(arguments.page.resolve().as_uri())
        browser.value("new Promise(resolve => setTimeout(resolve, 2000))")
        browser.screenshot(arguments.picture, whole=False)


if __name__ == "__main__":
    main()
