"""How large a figure and its smallest text are, from its PNG: what the site shows, and what its check asks for."""

from PIL import Image

LEAST = 9  # pixels that the smallest text of a figure has on the site
INCH = 110  # pixels an inch of a figure takes where there is room, as nnprune.lesson.DPI
SMALL = 8.33  # points of the smallest text, where the file does not say it


def size_of(path):
    """(inches, points): the width of a picture, and the size of its smallest text (``nnprune.plots.write_png``)."""
    with Image.open(path) as picture:
        return (picture.width / picture.info.get("dpi", (INCH,))[0],
                float(picture.info.get("Smallest text", f"{SMALL} pt").split()[0]))
