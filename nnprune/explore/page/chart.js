// Accuracy against what is kept, a line a method; a mark at the level, and a click goes to the level nearest to it.
const SHAPES = { // of the markers of all figures, so that the lines are told apart without their colours
  o: "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", P: "M-1.5 -4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
  "^": "M0 -4.5L4.5 4H-4.5Z", v: "M0 4.5L4.5 -4H-4.5Z", s: "M-3.6 -3.6H3.6V3.6H-3.6Z"};
const hue = method => method.color === "#000000" ? "var(--text)" : method.color;

class Chart {
  constructor(nets, choose) {
    Object.assign(this, {nets, choose, place: byId("chart")});
    this.place.onclick = event => {
      const x = event.clientX - this.place.getBoundingClientRect().left;
      const distance = this.nets.levels.map(share => Math.abs(this.x(share) - x));
      this.choose(distance.indexOf(Math.min(...distance)));
    };
    this.layout();
  }

  x(share) {
    const least = this.nets.levels.at(-1);
    return this.left + Math.log(1 / share) / Math.log(1 / least) * (this.width - this.left - 14);
  }
  y(correct) { return 10 + (1 - correct / this.nets.n) * (this.height - 58); }

  layout() {
    Object.assign(this, {width: Math.max(240, this.place.clientWidth), height: 290, left: 46});
    const right = this.width - 14, bottom = this.y(0), {n, methods} = this.nets;
    this.picture = draw("svg", {viewBox: `0 0 ${this.width} ${this.height}`, role: "img", "aria-labelledby": "chart-text"});
    const text = (t, x, y, more) =>
      this.picture.append(draw("text", {x, y, "text-anchor": "middle", ...more}, t));
    for (const share of [0, 20, 40, 60, 80, 100]) {
      const y = this.y(share / 100 * n);
      this.picture.append(draw("line", {x1: this.left, x2: right, y1: y, y2: y, class: "grid"}));
      text(share, this.left - 6, y + 4, {"text-anchor": "end"});
    }
    for (const share of [100, 50, 20, 10, 5, 2, 1]) {
      const x = this.x(share / 100);
      this.picture.append(draw("line", {x1: x, x2: x, y1: 10, y2: bottom, class: "grid"}));
      text(share, x, bottom + 18);
    }
    text("weights kept, in %", (this.left + right) / 2, bottom + 38);
    text("digits read, in %", 12, (10 + bottom) / 2, {transform: `rotate(-90 12 ${(10 + bottom) / 2})`});
    this.picture.append(draw("path", {d: `M${this.left} 10V${bottom}H${right}`, fill: "none", class: "axis"}));
    this.mark = draw("line", {y1: 10, y2: bottom, class: "axis", "stroke-dasharray": "4 3"});
    this.picture.append(this.mark);
    this.lines = methods.map(method => this.line(method));
    byId("chart-key").replaceChildren(...methods.map(m => make("span", {class: "item"}, swatch(m), m.label)));
    this.place.replaceChildren(this.picture);
    byId("chart-text").textContent = "Share of the digits that are read, against the share of the weights that is kept. " +
      methods.map(m => `${m.label}: ${[5, 10, 15, 20, 23].map(l =>
        `${percent(m.correct[l] / n, 1)} at ${share(this.nets.levels[l])}`).join(", ")}`).join(". ");
  }

  // A method's line, with its marker at each level.
  line(method) {
    const points = this.nets.levels.map((share, l) => [this.x(share), this.y(method.correct[l])]);
    const group = draw("g", {fill: "none", stroke: hue(method)},
      draw("polyline", {points: points.map(p => p.map(v => v.toFixed(1)).join(",")).join(" "), "stroke-width": 2}));
    for (const [x, y] of points) group.append(draw("path", {d: SHAPES[method.marker], class: "dot", fill: hue(method),
      stroke: "none", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(.7)`}));
    const now = draw("path", {d: SHAPES[method.marker], fill: hue(method), stroke: "var(--panel)", "stroke-width": .7});
    group.append(now);
    this.picture.append(group);
    return {group, now, points};
  }

  show({level, method}) {
    const x = this.x(this.nets.levels[level]);
    fill(this.mark, {x1: x, x2: x}, []);
    this.lines.forEach(({group, now, points}, i) => {
      const chosen = this.nets.methods[i] === method;
      group.setAttribute("class", chosen ? "line chosen" : "line");
      now.setAttribute("transform", `translate(${points[level]}) scale(${chosen ? 1.9 : 1.4})`);
    });
  }
}
