"""A picture of a page's top as docs show it: ``python tools/page_picture.py explore.html docs/explore.png``.

Taken with Chromium, light, as soon as the page has loaded and its figures are computed, twice as fine as on a screen.
What follows a # goes to the page: ``build/slides.html#16 docs/slide.png --width 560 --height 420 --without footer``.
The file has the size of its smallest text in it, as ``nnprune.plots.write_png`` has it.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from chromium import Chromium, find
from PIL import Image, PngImagePlugin
from text_size import INCH

SMALLEST = """(() => { const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), sizes = [];
    while (all.nextNode()) {
        const at = all.currentNode.parentElement, box = at.getBoundingClientRect();
        if (all.currentNode.data.trim() && box.width > 1 && box.bottom > 0 && box.top < innerHeight)
            sizes.push(parseFloat(getComputedStyle(at).fontSize));
    }
    return Math.min(...sizes); })()"""


def main():
    """Take it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page")
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=800)
    parser.add_argument("--height", type=int, default=1000)
    parser.add_argument("--without", metavar="SELECTOR", help="what is left out")
    arguments = parser.parse_args()
    if find() is None:
        sys.exit("there is no chromium on this machine (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder, Chromium(folder) as browser:
        browser.window(arguments.width, arguments.height, ratio=2)
        file, mark, place = arguments.page.partition("#")
        browser.open(Path(file).resolve().as_uri() + mark + place)
        browser.value("new Promise(resolve => setTimeout(resolve, 2000))")
        if arguments.without:
            browser.value(f"document.querySelectorAll({arguments.without!r}).forEach(e => e.remove())")
        browser.screenshot(arguments.picture, whole=False)
        said = PngImagePlugin.PngInfo()
        said.add_text("Smallest text", f"{browser.value(SMALLEST) * 72 / INCH:.2f} pt")
    with Image.open(arguments.picture) as picture:  # few colours: a quarter of the bytes
        picture.quantize(256, dither=Image.Dither.NONE).save(arguments.picture, dpi=(2 * INCH, 2 * INCH), pnginfo=said,
                                                              optimize=True)


if __name__ == "__main__":
    main()
