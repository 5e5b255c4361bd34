"""How fast the explorable is: ``python tools/page_speed.py explore.html``, in Chromium and in Firefox where they are.

    ready     from opening the file to a page that answers
    slider    from a step of the slider to masks, counts, curve and outputs of the digit in view, on the screen
    digits    from there to the figures of all digits by all nets, at a step that was not read before

The median of several, and the slowest, in milliseconds and as multiples of the baseline: ten million multiply-adds in a
bare loop of the same browser. The goals are 2,000, 50 and 1,500 ms on two quiet cores. Nothing is asserted.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import chromium
import firefox

GOALS = {"ready": 2000, "slider": 50, "digits": 1500}
OPENED = 5
BARE = """(() => { const w = new Float64Array(1000).fill(.5), x = new Float64Array(1000).fill(2), times = [];
    for (let k = 0; k < 7; k++) {
        const begin = performance.now(); let sum = 0;
        for (let n = 0; n < 10000; n++) for (let i = 0; i < 1000; i++) sum += w[i] * x[i];
        times.push(performance.now() - begin + (sum === 1));
    }
    return times.sort((a, b) => a - b)[3]; })()"""
# Drawn is what comes after the next frame; a step that is at rest has the time of its digits beside it.
STEPS = """(async () => { const slider = [], digits = [], drawn = () => new Promise(done =>
        requestAnimationFrame(() => setTimeout(done)));
    for (const level of [23, 3, 19, 7, 16, 1, 21, 10, 13, 5]) {
        const begin = performance.now();
        delete document.documentElement.dataset.rest;
        byId("kept").value = level;
        byId("kept").dispatchEvent(new Event("input"));
        await drawn();
        slider.push(performance.now() - begin);
        while (!document.documentElement.dataset.rest) await new Promise(done => { setTimeout(done, 5); });
        digits.push(performance.now() - begin);
    }
    return {slider, digits}; })()"""


def measure(browser, page):
    """{what: times in milliseconds}, and the baseline's."""
    ready = []
    for _ in range(OPENED):
        browser.open(page.as_uri())
        ready.append(int(browser.value("document.documentElement.dataset.ready")))
    return {"ready": ready, **browser.value(STEPS)}, browser.value(BARE)


def main():
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    page = parser.parse_args().page.resolve()
    for name, there, browser in (("Chromium", chromium.find(), chromium.Chromium), ("Firefox", firefox.find(),
                                                                                    firefox.Firefox)):
        if there is None:
            print(f"{name}: not here")
            continue
        with tempfile.TemporaryDirectory() as folder, browser(folder) as one:
            found, bare = measure(one, page)
        print(f"{name}: 10 million multiply-adds {bare:.1f} ms")
        for what, times in found.items():
            middle = statistics.median(times)
            print(f"  {what:<8}{middle:7.0f} ms, {middle / bare:6.1f} of the baseline; at most {max(times):.0f} ms of "
                  f"{len(times)}; goal {GOALS[what]:,} ms")


if __name__ == "__main__":
    main()
