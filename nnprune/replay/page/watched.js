// Some samples, one a class, and what the net says of one of them: its probabilities at the last measured point.
class Watched {
  constructor(run) {
    this.run = run;
    const {labels, classes, inputs, said} = run.watched, n = labels.length;
    Object.assign(this, {labels, classes, chosen: 0, inputs: numbers(inputs, Uint8Array), said: numbers(said, Float32Array)});
    this.points = this.said.length / (n * classes);
    byId("watched").hidden = false;
    this.buttons = labels.map((label, i) => {
      const button = make("button", {type: "button"});
      button.onclick = () => { this.chosen = i; this.show(...this.last); };
      return button;
    });
    byId("watched-samples").append(...this.buttons);
    this.picture();
  }

  // The probabilities of sample i at a measured point, and the class that they name.
  at(point, i) {
    const begin = (point * this.labels.length + i) * this.classes, p = this.said.subarray(begin, begin + this.classes);
    return {p, best: p.indexOf(Math.max(...p))};
  }

  // `point`: the number of the last measured point, after `removed` removals.
  show(point, removed) {
    if (!this.last) this.chosen = Math.max(0, this.labels.findIndex((label, i) => this.at(point, i).best !== label));
    this.last = [point, removed];
    this.buttons.forEach((button, i) => {
      const {best} = this.at(point, i), label = this.labels[i], right = best === label;
      button.textContent = right ? `${label}` : `${label} \u2192 ${best}`;
      button.className = right ? "" : "wrong";
      button.title = `A ${label}, taken for ${best}${right ? "" : ": wrong"}`;
      button.setAttribute("aria-pressed", i === this.chosen);
    });
    const {p, best} = this.at(point, this.chosen), before = this.at(0, this.chosen).p, label = this.labels[this.chosen];
    byId("watched-now").textContent = `A ${label}, taken for ${best}` + (best === label ? "" : ": wrong") +
      `, after ${count(removed)} removals.`;
    const most = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 10).sort((a, b) => a - b);
    const rows = most.map(c => [`${c}`, make("span", {class: "bar"}, make("span", {style: `width: ${100 * p[c]}%`})),
      percent(p[c], 1), percent(before[c], 1)]);
    byId("watched-outputs").replaceChildren(table(["class", "probability", "now", "dense net"], rows,
      most.map(c => c === label ? "true" : "")));
    this.picture();
  }

  picture() {
    const {run} = this, [rows, columns] = run.pictures[0], canvas = byId("sample"), begin = this.chosen * run.sizes[0];
    const ratio = window.devicePixelRatio || 1, room = Math.min(canvas.parentElement.clientWidth, 112);
    const [low, high] = ["paper", "text"].map(colour);
    paint(canvas, columns, rows, Math.max(1, Math.floor(room * ratio / columns)), (x, y) => {
      const share = this.inputs[begin + y * columns + x] / 255;
      return low.map((c, i) => Math.round(c + share * (high[i] - c)));
    });
    if (rows === 1) canvas.style.height = "1.5rem";
    canvas.setAttribute("aria-label", `The sample of class ${this.labels[this.chosen]}, as the net sees it`);
  }
}
