"""Slides from one Markdown file: one HTML file, without network, with its figures inside.

    python tools/slides.py                    docs/slides/lectures.md to build/slides.html
    python tools/slides.py TEXT --out FILE    another text

A line ``---`` ends a slide; ``# `` begins a lecture, ``## `` is a slide's title. A slide knows paragraphs, lists
(``- ``, ``1. ``), tables, code between ``` marks, **bold**, *italic* and `code`. A figure is ``![words](path)``, a path
from the checkout. A figure of ``results/lessons`` that is not there is made first, by running its lesson.
``Note: `` begins what is printed below the slide and shown with the key N.
"""

from __future__ import annotations

import argparse
import base64
import html
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STYLE = """
* { box-sizing: border-box } body { margin: 0; background: #222; font: 3.4vh/1.5 system-ui, sans-serif; color: #111 }
section { display: none; background: #fff; width: 100vw; height: 100vh; padding: 5vh 6vw; overflow: hidden }
section.now { display: block } h1 { font-size: 6.4vh; margin: 26vh 0 2vh } h2 { font-size: 4.4vh; margin: 0 0 2.5vh }
pre { background: #f2f2f2; padding: 1.5vh 2vw; font-size: 2.7vh } code { background: #f2f2f2 } img { height: 58vh;
width: 100%; object-fit: contain; display: block; margin: 1vh auto }
table { border-collapse: collapse } td, th { padding: .6vh 1.6vw; border-bottom: 1px solid #999;
text-align: left } aside { display: none; background: #fff6d5; padding: 1vh 2vw; font-size: 2.5vh } .notes aside
{ display: block } footer { position: fixed; right: 2vw; bottom: 1.5vh; font-size: 1.8vh; color: #595959 }
@media print { @page { size: 297mm 210mm; margin: 0 } body { font-size: 5.2mm; background: #fff }
section { display: block; height: 209mm; width: 297mm; page-break-after: always; padding: 10mm 16mm }
h1 { font-size: 13mm; margin: 55mm 0 5mm }
h2 { font-size: 9mm } pre { font-size: 4.4mm } img { height: 112mm } aside { display: block; font-size: 4mm }
footer { display: none } }
"""
SCRIPT = """
const all = [...document.querySelectorAll('section')], foot = document.querySelector('footer');
let at = Math.min(Math.max((parseInt(location.hash.slice(1)) || 1) - 1, 0), all.length - 1);
function go(k) {
  at = Math.min(Math.max(k, 0), all.length - 1);
  all.forEach((s, i) => s.classList.toggle('now', i === at));
  foot.textContent = (at + 1) + ' / ' + all.length;
  history.replaceState(null, '', '#' + (at + 1));
}
addEventListener('keydown', e => {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  if (['ArrowRight', 'ArrowDown', 'PageDown', ' ', 'Enter'].includes(e.key)) go(at + 1);
  else if (['ArrowLeft', 'ArrowUp', 'PageUp', 'Backspace'].includes(e.key)) go(at - 1);
  else if (e.key === 'Home') go(0);
  else if (e.key === 'End') go(all.length - 1);
  else if (e.key === 'n') document.body.classList.toggle('notes');
  else return;
  e.preventDefault();
});
addEventListener('click', e => { if (!e.target.closest('a')) go(at + (e.clientX < innerWidth / 4 ? -1 : 1)); });
go(at);
"""


def inline(text: str) -> str:
    """A line's bold, italic and code as HTML."""
    parts = re.split(r"`([^`]+)`", html.escape(text, quote=False))
    for k in range(0, len(parts), 2):
        parts[k] = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", parts[k])
        parts[k] = re.sub(r"\*(.+?)\*", r"<i>\1</i>", parts[k])
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return "".join(parts)


def figure(words: str, path: str) -> str:
    """A figure as an <img> with its bytes inside; a lesson's figure that is not there is made."""
    file = ROOT / path
    lesson = re.fullmatch(r"results/lessons/(\d\d)_\w+\.png", path)
    if lesson and not file.is_file():
        script = next((ROOT / "tutorials").glob(f"{lesson[1]}_*.py"))
        print(f"making {path}: {script.name}", file=sys.stderr)
        env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        subprocess.run([sys.executable, str(script)], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    if not file.is_file():
        raise ValueError(f"the figure {path} is missing: a path from {ROOT}, to a PNG file")
    data = base64.b64encode(file.read_bytes()).decode()
    return f'<img alt="{html.escape(words)}" src="data:image/png;base64,{data}">'


def block(text: str) -> str:
    """One block of a slide, what stands between blank lines, as HTML."""
    lines = text.splitlines()
    if match := re.fullmatch(r"!\[(.*?)\]\((\S+)\)", text):
        return figure(match[1], match[2])
    if match := re.match(r"(#{1,2}) ", text):
        return f"<h{len(match[1])}>{inline(text[match.end():])}</h{len(match[1])}>"
    if text.startswith("```"):
        return f"<pre>{html.escape(chr(10).join(lines[1:-1]), quote=False)}</pre>"
    if text.startswith("Note: "):
        return f"<aside>{inline(' '.join(lines)[6:])}</aside>"
    if text.startswith("|"):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines
                if not re.match(r"\|[-|]+$", line)]
        cells = ["".join(f"<t{'d' if k else 'h'}>{inline(cell)}</t{'d' if k else 'h'}>" for cell in row)
                 for k, row in enumerate(rows)]
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"
    for mark, tag in (("- ", "ul"), ("1. ", "ol")):
        if text.startswith(mark):
            items = re.split(r"(?m)^(?:- |\d+\. )", text)[1:]
            return f"<{tag}>" + "".join(f"<li>{inline(' '.join(i.split()))}</li>" for i in items) + f"</{tag}>"
    return f"<p>{inline(' '.join(lines))}</p>"


def page(text: str) -> str:
    """The whole HTML file.

    Raises
    ------
    ValueError
        If a figure is missing.
    """
    slides = []
    for slide in re.split(r"(?m)^---$", text):
        blocks = re.findall(r"(?ms)^```.*?^```|(?:^(?!```)[^\n]+\n?)+", slide)
        slides.append("<section>" + "\n".join(block(b.strip()) for b in blocks) + "</section>")
    title = html.escape(re.search(r"^# (.+)$", text, re.M)[1])  # type: ignore[index]
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n<body>'
            + "\n".join(slides) + f"\n<footer></footer><script>{SCRIPT}</script></body></html>\n")


def main(argv: list[str] | None = None) -> int:
    """The program; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="?", type=Path, default=ROOT / "docs" / "slides" / "lectures.md")
    parser.add_argument("--out", type=Path, default=Path("build") / "slides.html")
    arguments = parser.parse_args(argv)
    try:
        made = page(arguments.text.read_text(encoding="utf-8"))
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(made, encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"slides: {error}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {made.count('<section>')} slides, {len(made) / 1e6:.1f} MB. Arrow keys; N shows the "
          f"notes; print it for a PDF.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
