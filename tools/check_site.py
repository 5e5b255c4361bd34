"""Look at the built site in a real browser, with the network off: ``python tools/check_site.py SITE``.

Every page is opened from its file, at the widths of two screens in light and of a phone in dark. Asked for is: no error
in the console, no request that leaves the folder, every internal link and its anchor lead somewhere, every formula and
every picture has a size and no LaTeX is left as text, the page does not scroll sideways, no text of a figure has less
than 9 pixels, and dark is dark. Pictures of some pages go to ``--screenshots DIR``, to be looked at. Where there is no
Chromium nothing is checked, and it says so.

For screen readers: one main part, landmarks and controls with names, no id twice, no empty head of a column. Where
``--axe`` or the variable NNPRUNE_AXE names the file axe.min.js of the npm package axe-core, some pages of every kind
must have nothing that axe calls critical or serious. (Valid HTML: ``html-validate -c tools/htmlvalidate.json SITE``.)
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urldefrag

from chromium import Chromium, find
from text_size import LEAST, size_of

SCREEN, PHONE = (1200, 900, False), (390, 844, True)  # width, height, dark
WIDE = 1690
LARGEST = 2.5e6  # bytes of a page; the explorable is the largest
PICTURED = ("index", "lessons", "exercises", "notation", "reproduction", "cite", "_api/nnprune",
            "_api/nnprune.pruning.obs")
# One of every kind, for axe.
KINDS = ("index", "lessons", "_lessons/00_why_prune", "_lessons/05_model_the_loss", "_lessons/09_prune_layer_by_layer",
         "exercises", "laws", "laws/saliency", "reproduction/lobs", "search", "404", "_api/nnprune.pruning.lobs",
         "_modules/nnprune/pruning/obs", "genindex", "changelog", "prune_it_yourself", "replay_run")
# What is typed in the field of the search, and how the address of the first result begins.
SEARCHED = {"compensation": "_lessons/", "prune": "_lessons/", "OBS": "_lessons/07", "Hessian": "_lessons/",
            "inverse": "_lessons/", "prune_obs": "_api/nnprune.pruning.obs.html#"}
MOVED = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"#]+)')
# What is asked of a page in one go. Text inside code is left out where LaTeX is looked for.
LOOK = """(() => {
    const boxless = what => [...document.querySelectorAll(what)].filter(e => {
        const box = e.getBoundingClientRect(); return !(box.width > 0 && box.height > 0); }).length;
    const text = document.querySelector("article")?.cloneNode(true) ?? document.createElement("p");
    text.querySelectorAll("code, pre, math").forEach(e => e.remove());
    return {
        links: [...document.links].map(a => a.href), ids: [...document.querySelectorAll("[id]")].map(e => e.id),
        formulas: document.querySelectorAll("math").length,
        emptyFormulas: boxless("article math") + document.querySelectorAll("merror").length
            + [...document.querySelectorAll("div.math")].filter(e => !e.querySelector("math")).length,
        pictures: document.images.length,
        emptyPictures: [...document.querySelectorAll("article img")].filter(e => !e.naturalWidth).length,
        latex: text.textContent.match(/\\$\\$|\\\\(frac|text|sum|hat|lambda|top)\\b/)?.[0] ?? "",
        figures: [...document.querySelectorAll("article img")].map(e => [e.currentSrc, e.clientWidth]),
        wide: document.documentElement.scrollWidth, background: getComputedStyle(document.body).backgroundColor,
    }; })()"""
# What screen readers need: [how many are wrong, what is wrong with them].
NAMES = """(() => {
    const all = what => [...document.querySelectorAll(what)], twice = a => a.filter((e, k) => a.indexOf(e) < k);
    const byIds = e => (e.getAttribute("aria-labelledby") ?? "").split(" ").map(i => document.getElementById(i));
    const name = e => [e.getAttribute("aria-label"), e.title, e.alt, e.textContent, e.value,
        ...[...e.labels ?? [], ...byIds(e)].map(l => l?.textContent),
        ...[...e.querySelectorAll("img")].map(i => i.alt)].join("").trim();
    const landmarks = all("aside, nav").map(e => e.getAttribute("aria-label") ?? name(e).slice(0, 40));
    return [
        [all("main, [role=main]").length - 1, "main parts too many or too few"],
        [landmarks.filter(text => !text).length + twice(landmarks).length, "landmarks without a name of their own"],
        [all("[role=heading]:not([aria-level]), [role=slider]:not(input, [aria-valuenow])").length,
            "roles without the attributes that they require"],
        [all("button, input:not([type=hidden]), select, textarea, a[href], iframe").filter(e => !name(e)).length,
            "controls without a name"],
        [all("img:not([alt])").length, "pictures without a text"],
        [all("th").filter(e => !name(e)).length, "empty heads of a column"],
        [twice(all("[id]").map(e => e.id)).length, "ids that are there twice"],
    ].filter(([number]) => number).map(([number, text]) => `${number} ${text}`); })()"""
AXE = """axe.run().then(found => found.violations.filter(v => ["critical", "serious"].includes(v.impact)).map(
    v => `axe, ${v.impact}: ${v.id}, ${v.nodes.length} times: ${v.nodes[0].html.slice(0, 120)}`))"""
FOUND = """new Promise(done => { let before = -1; const look = () => {
    const links = [...document.querySelectorAll("#search-results ul.search a")].map(a => a.getAttribute("href"));
    if (links.length === before && /finished|did not/.test(document.querySelector("#search-results").textContent))
        done(links[0] ?? "nothing");
    else { before = links.length; setTimeout(look, 100); } }; look(); })"""


def brightness(colour):
    """0 to 255, of "rgb(1, 2, 3)"."""
    return sum(float(part) for part in colour[colour.index("(") + 1:-1].split(",")[:3]) / 3


def look(browser, path, view):
    """What a page is like in a window, and what is wrong with it."""
    width, height, dark = view
    browser.window(width, height, dark)
    browser.requests.clear()
    browser.errors.clear()
    browser.open(path.as_uri())
    # A picture that is loaded lazily has no size before it comes near.
    browser.value("Promise.all([...document.images].map(e => "
                  "{ e.loading = 'eager'; return e.decode().catch(() => 0); }))")
    seen = browser.value(LOOK)
    wrong = [f"console: {error}" for error in browser.errors] + ([] if dark else browser.value(NAMES))
    if seen["emptyFormulas"]:
        wrong.append(f"{seen['emptyFormulas']} formulas are not shown")
    if seen["emptyPictures"]:
        wrong.append(f"{seen['emptyPictures']} pictures are not shown")
    if seen["latex"]:
        wrong.append(f"LaTeX in the text: {seen['latex']}")
    wrong += unreadable(seen["figures"])
    if seen["wide"] > width:
        wrong.append(f"{seen['wide']} pixels wide in a window of {width}")
    if not dark:  # the theme lays wide windows out in another way
        browser.window(WIDE, height, dark)
        if (wide := browser.value("document.documentElement.scrollWidth")) > WIDE:
            wrong.append(f"{wide} pixels wide in a window of {WIDE}")
    if (brightness(seen["background"]) < 128) != dark:
        wrong.append(f"the background is {seen['background']} in {'dark' if dark else 'light'}")
    return seen, wrong


def unreadable(figures):
    """What of the PNGs, (address, width on the page), has a smallest text of less than 9 pixels."""
    for address, width in figures:
        path = Path(unquote(address.removeprefix("file://")))
        if path.suffix == ".png" and path.is_file() and width:
            inches, points = size_of(path)
            pixels = points / 72 * width / inches
            if pixels < LEAST - 0.1:
                yield f"the smallest text of {path.name} has {pixels:.1f} pixels"


def strays(browser, site):
    """What the page asked for that is not a file of the site."""
    inside = site.as_uri() + "/"
    return [f"asked for {url}" for url in browser.requests if not url.startswith((inside, "blob:"))]


def accessible(browser, path, axe):
    """What axe finds on a page, on a laptop and on a phone, in light and in dark."""
    for width, height in (1440, 900), (390, 844):
        for dark in (False, True):
            browser.window(width, height, dark)
            browser.open(path.as_uri())
            browser.value(f"{axe}; 0")
            for text in browser.value(AXE):
                yield f"{width} pixels{', dark' * dark}: {text}"


def searched(browser, site):
    """What is not found by the search, or not first."""
    for word, place in SEARCHED.items():
        browser.open(f"{(site / 'search.html').as_uri()}?q={word}")
        first = browser.value(FOUND)
        if not first.startswith(place):
            yield f"the first that is found for {word!r} is {first}, not {place}"


def broken(site, pages):
    """(page, what is wrong) for every internal link that leads nowhere; pages: {address: what was seen}."""
    for page, seen in pages.items():
        for link in set(seen["links"]):
            target, anchor = urldefrag(link)
            if not target.startswith("file:"):
                continue
            path = Path(unquote(target.removeprefix("file://")))
            if not path.is_file() or site not in path.parents:
                yield page, f"broken link {link}"
            elif anchor and target in pages and unquote(anchor) not in pages[target]["ids"]:
                yield page, f"no such place: {link}"


def main():
    """Look, report, end with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--axe", default=os.environ.get("NNPRUNE_AXE"), help="the file axe.min.js")
    arguments = parser.parse_args()
    site = arguments.site.resolve()
    paths = sorted(site.rglob("*.html"))
    if not (site / "index.html").is_file():
        sys.exit(f"{site} has no index.html: build the site first, python -m sphinx -q -W -b html docs site")
    if find() is None:
        print("SKIPPED: there is no chromium on this machine (Debian: apt-get install chromium); nothing was checked")
        return
    problems, pages = [], {}
    with tempfile.TemporaryDirectory() as folder, Chromium(folder) as browser:
        browser.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1,
                     uploadThroughput=-1)
        for path in paths:
            if (moved := MOVED.search(path.read_text(encoding="utf-8"))):  # it would lead away while it is looked at
                if not (path.parent / moved[1]).is_file():
                    problems.append((path.as_uri(), f"leads to {moved[1]}, which is not there"))
                continue
            for view in (SCREEN, PHONE):
                seen, wrong = look(browser, path, view)
                problems += [(path.as_uri(), f"{view[0]} pixels: {text}") for text in wrong + strays(browser, site)]
                name = str(path.relative_to(site).with_suffix(""))
                if arguments.screenshots and (name in PICTURED or name.startswith("_lessons/")):
                    arguments.screenshots.mkdir(parents=True, exist_ok=True)
                    browser.screenshot(arguments.screenshots / f"{name.replace('/', '-')}-{view[0]}.png")
            pages[path.as_uri()] = seen
        problems += [((site / "search.html").as_uri(), text) for text in searched(browser, site)]
        if arguments.axe:
            axe = Path(arguments.axe).read_text(encoding="utf-8")
            problems += [(path.as_uri(), text) for name in KINDS if (path := site / f"{name}.html").is_file()
                         for text in accessible(browser, path, axe)]
        else:
            print("axe: not run, neither --axe nor NNPRUNE_AXE names its file")
    problems += broken(site, pages)
    problems += [(path.as_uri(), f"{path.stat().st_size / 1e6:.1f} MB, too large to open at once") for path in paths
                 if path.stat().st_size > LARGEST]
    for page, text in problems:
        print(f"{page.removeprefix(site.as_uri())}: {text}")
    count = {what: sum(seen[what] for seen in pages.values()) for what in ("formulas", "pictures")}
    links = sum(len(seen["links"]) for seen in pages.values())
    print(f"{len(pages)} pages, {links} links, {count['formulas']} formulas, {count['pictures']} pictures: "
          f"{len(problems) or 'no'} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
