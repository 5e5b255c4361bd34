// Accuracy against the removed share, a line a run; a mark moves along the first one. A click goes there: `go(k)`.
class Curve {
  constructor(run, go) {
    Object.assign(this, {run, go});
    byId("curve-caption").textContent = `Accuracy on ${count(run.tested)} samples against the removed share ` +
      "(click in it to go there)";
    this.least = Math.max(1, run.total - run.nAbsent - Math.max(...run.curves.flatMap(curve => curve.removed)));
    this.layout();
  }

  // The method's colour in all figures; black, magnitude's, is the text's, which is light in the dark.
  colour(i) {
    const own = this.run.curves[i].colour;
    return own === "#000000" ? "var(--text)" : own || `var(--${["accent", "second", "up", "down"][Math.min(i, 3)]})`;
  }
  // To the right by the logarithm of what is kept: from 80 to 90 % removed is as far as from 90 to 95 %.
  x(removed) {
    const {total, nAbsent} = this.run, kept = Math.max(this.least, total - nAbsent - removed);
    return this.left + Math.log(total / kept) / Math.log(total / this.least) * (this.width - this.left - 20);
  }
  removed(x) {
    const {total, nAbsent} = this.run, share = (x - this.left) / (this.width - this.left - 20);
    return Math.round(total - nAbsent - total * Math.pow(this.least / total, share));
  }
  y(accuracy) { return 12 + (1 - accuracy) * (this.height - 60); }

  // The axes and lines, for the width that there is.
  layout() {
    const place = byId("curve");
    Object.assign(this, {width: Math.max(280, place.clientWidth), height: 300, left: 52});
    this.picture = draw("svg", {viewBox: `0 0 ${this.width} ${this.height}`, role: "img"});
    const right = this.width - 20, bottom = this.y(0), text = (t, x, y, more) =>
      this.picture.append(draw("text", {x, y, "text-anchor": "middle", ...more}, t));
    for (const share of [0, 20, 40, 60, 80, 100]) {
      const y = this.y(share / 100);
      this.picture.append(draw("line", {x1: this.left, x2: right, y1: y, y2: y, class: "grid"}));
      text(share, this.left - 6, y + 4, {"text-anchor": "end"});
    }
    for (const share of [0, 50, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9]) {
      if ((1 - share / 100) * this.run.total < this.least * 0.98) break;
      const x = this.x(share / 100 * this.run.total - this.run.nAbsent);
      this.picture.append(draw("line", {x1: x, x2: x, y1: 12, y2: bottom, class: "grid"}));
      text(share, x, bottom + 18);
    }
    text("removed share in % (log of what is kept)", (this.left + right) / 2, bottom + 38);
    text("accuracy in %", 14, (12 + bottom) / 2, {transform: `rotate(-90 14 ${(12 + bottom) / 2})`});
    this.picture.append(draw("path", {d: `M${this.left} 12V${bottom}H${right}`, fill: "none", class: "axis"}));
    [...this.run.curves.entries()].reverse().forEach(([i, curve]) => this.line(curve, i));
    this.mark = draw("line", {y1: 12, y2: bottom, class: "axis", "stroke-dasharray": "3 3"});
    this.dot = draw("circle", {r: 5, fill: "var(--accent)", stroke: "var(--panel)", "stroke-width": 1.5});
    this.picture.append(this.mark, this.dot);
    const from = event => {
      const box = this.picture.getBoundingClientRect();
      this.go(this.removed((event.clientX - box.x) * this.width / box.width));
    };
    this.picture.onpointerdown = event => { this.picture.setPointerCapture(event.pointerId); from(event); };
    this.picture.onpointermove = event => { if (event.buttons) from(event); };
    place.replaceChildren(this.picture);
    byId("curve-key").replaceChildren(...this.run.curves.map((curve, i) => make("span", {class: "item"},
      draw("svg", {viewBox: "0 0 24 8", class: "line", "aria-hidden": "true"}, this.stroke("M0 4H24", i)), curve.label)));
  }

  // The stroke of run i: whole for the one that is replayed, broken for the others.
  stroke(d, i) {
    return draw("path", {d, fill: "none", stroke: this.colour(i), "stroke-width": 2,
      ...(i ? {"stroke-dasharray": "6 4"} : {})});
  }

  line(curve, i) {
    const points = curve.removed.map((n, j) => [this.x(n).toFixed(1), this.y(curve.accuracy[j]).toFixed(1)]);
    this.picture.append(this.stroke("M" + points.join("L"), i));
    if (i === 0) {
      for (const [cx, cy] of points) this.picture.append(draw("circle", {cx, cy, r: 2.2, fill: this.colour(i)}));
    }
  }

  // The last measured point up to k: [removals, accuracy]. Between two points the mark is on the line.
  measured(k) {
    const {removed, accuracy} = this.run.curves[0];
    let i = 0;
    while (i + 1 < removed.length && removed[i + 1] <= k) i++;
    return [removed[i], accuracy[i], i];
  }

  show(k) {
    const {removed, accuracy} = this.run.curves[0], [from, value, i] = this.measured(k);
    const x = this.x(k), x1 = this.x(from), x2 = i + 1 < removed.length ? this.x(removed[i + 1]) : x1;
    const at = x2 > x1 ? value + (x - x1) / (x2 - x1) * (accuracy[i + 1] - value) : value;
    fill(this.mark, {x1: x, x2: x}, []);
    fill(this.dot, {cx: x, cy: this.y(at)}, []);
    this.picture.setAttribute("aria-label", `Accuracy against the removed share, ${this.run.curves.map(c => c.label)
      .join(" and ")}: ${percent(value)} measured after ${count(from)} removals; the mark is at ${count(k)}`);
  }
}
