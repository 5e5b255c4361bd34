// One unit: its weights before, now, and by how much they moved; and one weight of it: its costs, and who compensated.
class Unit {
  constructor(nets, choose) {
    Object.assign(this, {nets, choose, input: null});
    const select = byId("unit");
    nets.sizes.slice(1).forEach((units, l) => {
      const group = make("optgroup", {label: l === 0 ? "First layer" : l + 2 < nets.sizes.length ? `Layer ${l + 1}` :
        "Outputs"});
      for (let u = 0; u < units; u++) group.append(make("option", {value: `${l} ${u}`}, this.name(l, u)));
      select.append(group);
    });
    select.onchange = () => this.choose(...select.value.split(" ").map(Number));
    this.views = ["before", "now", "moved"].map(name => {
      const view = byId("unit-" + name);
      for (const kind of ["pointermove", "pointerdown"]) view.addEventListener(kind, event => this.point(event));
      view.addEventListener("keydown", event => this.key(event));
      return view;
    });
  }

  name(layer, unit) { return layer + 2 === this.nets.sizes.length ? `output ${unit}` : `unit ${unit}`; }
  inputName(layer, i) {
    const side = this.nets.side;
    return layer ? this.name(layer - 1, i) : `pixel in row ${Math.floor(i / side)}, column ${i % side}`;
  }

  point(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const c = Math.floor((event.clientX - box.left) / box.width * this.side);
    const r = Math.floor((event.clientY - box.top) / box.height * this.rows);
    this.pick(c, r);
  }
  key(event) {
    const [dx, dy] = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key] || [];
    if (dx === undefined) return;
    event.preventDefault();
    const i = this.input ?? 0;
    this.pick(i % this.side + dx, Math.floor(i / this.side) + dy);
  }
  pick(c, r) {
    const i = r * this.side + c;
    if (c < 0 || r < 0 || c >= this.side || i >= this.nets.sizes[this.state.layer] || i === this.input) return;
    this.input = i;
    this.weight();
  }

  show(state) {
    const {nets} = this, {level, method, layer, unit} = state, n = nets.sizes[layer];
    if (!this.state || this.state.layer !== layer) this.input = null;
    this.state = state;
    this.side = layer ? Math.ceil(Math.sqrt(n)) : nets.side;
    this.rows = Math.ceil(n / this.side);
    byId("unit").value = `${layer} ${unit}`;
    const from = nets.place(layer, unit, 0), {mask, flat} = method.at(level);
    const before = nets.dense.subarray(from, from + n), now = flat.subarray(from, from + n);
    const kept = mask.subarray(from, from + n), moved = Array.from(now, (w, i) => kept[i] ? w - before[i] : 0);
    const most = Math.max(...before.map(Math.abs), ...now.map(Math.abs)), far = Math.max(...moved.map(Math.abs));
    const [paper, up, down] = ["paper", "up", "down"].map(colour);
    const shade = (values, scale, there) => (x, y) => {
      const i = y * this.side + x;
      if (i >= n) return null;
      if (!there(i) || !values[i]) return paper;
      return blend(paper, values[i] > 0 ? up : down, .2 + .8 * Math.sqrt(Math.min(1, Math.abs(values[i]) / scale)));
    };
    [[before, most, () => true], [now, most, i => kept[i]], [moved, far || 1, i => kept[i]]].forEach((view, k) =>
      picture(this.views[k].querySelector("canvas"), this.side, this.rows, shade(...view)));
    this.summary(kept, moved, far);
    this.weight();
  }

  summary(kept, moved, far) {
    const {method, layer, unit} = this.state, n = kept.length, left = kept.reduce((a, b) => a + b, 0);
    const name = this.name(layer, unit);
    let text = left ? `${name[0].toUpperCase() + name.slice(1)} keeps ${count(left)} of its ${count(n)} weights.` :
      `Nothing is left of ${name}.`;
    if (left && far) {
      const sum = moved.reduce((a, b) => a + Math.abs(b), 0);
      text += ` To compensate for the others they moved by ${short(sum / left)} on average, at most by ${short(far)}.`;
    } else if (left && left < n) text += method.compensates ? "" : " They are what they were: this method does not compensate.";
    byId("unit-text").textContent = text;
  }

  // The weight that is pointed at.
  weight() {
    const {nets} = this, {level, method, layer, unit} = this.state, i = this.input, place = byId("weight");
    for (const view of this.views) for (const frame of view.querySelectorAll(".frame")) frame.remove();
    if (i === null) {
      place.replaceChildren(make("p", {}, "Point at a weight, or press the arrow keys on a picture: its costs appear here."));
      return;
    }
    const p = nets.place(layer, unit, i), now = method.at(level).flat[p], there = method.mask(level)[p];
    this.frame(i, "frame");
    const rows = nets.methods.map(m => {
      const gone = m.goneAt(p);
      return [m.label, gone === Infinity ? `kept to ${share(nets.levels.at(-1))}` : share(nets.levels[gone]), this.cost(m, p, i)];
    });
    const partners = this.partners(p, i);
    partners.list.forEach(({input}) => this.frame(input, "frame partner"));
    place.replaceChildren(
      make("p", {}, make("b", {}, `The weight of the ${this.inputName(layer, i)}: `),
        `${short(nets.dense[p])} before, ${there ? `${short(now)} now` : `removed now (${method.label})`}.`),
      table(["method", "gone at", "its cost"], rows), make("p", {}, partners.text),
      ...(partners.list.length ? [table(["who compensated", "from", "to"],
        partners.list.map(w => [this.inputName(layer, w.input), short(w.from), short(w.to)]))] : []));
  }

  frame(i, name) {
    for (const view of this.views) {
      const frame = make("div", {class: name});
      Object.assign(frame.style, {left: 100 * (i % this.side) / this.side + "%", width: 100 / this.side + "%",
        top: 100 * Math.floor(i / this.side) / this.rows + "%", height: 100 / this.rows + "%"});
      view.append(frame);
    }
  }

  // What removing it was predicted to cost: its magnitude, the rise of an error, or the price of the whole unit.
  cost(method, p, i) {
    const {nets} = this, {layer} = this.state;
    if (method.gone) {
      return method.key === "magnitude" ? `|w| = ${short(Math.abs(nets.dense[p]))}` :
        Number.isNaN(method.costs[p]) ? "\u2013" : brief(method.costs[p]);
    }
    const before = nets.sizes.slice(0, layer).reduce((a, b) => a + b, 0), cost = method.costs[before + i];
    return Number.isNaN(cost) ? "\u2013" : `${brief(cost)}, the whole ${layer ? "unit" : "pixel"}`;
  }

  // Who compensated when it went: those of its unit that moved most between the level before and the one at which it is gone.
  partners(p, i) {
    const {nets} = this, {method, layer, unit} = this.state, gone = method.goneAt(p);
    if (gone === Infinity) return {list: [], text: `${method.label} keeps it to the end.`};
    const between = `between ${share(nets.levels[gone - 1])} and ${share(nets.levels[gone])}`;
    if (!method.compensates) return {list: [], text: `It went ${between}. No other weight moved: ${method.label} does not compensate.`};
    const from = nets.place(layer, unit, 0), n = nets.sizes[layer], old = method.at(gone - 1), after = method.at(gone);
    const kept = [...Array(n).keys()].filter(k => after.mask[from + k]);
    const lost = [...Array(n).keys()].filter(k => old.mask[from + k] && !after.mask[from + k]).length;
    const text = `It went ${between}. In this step its unit lost ${count(lost)} ${lost === 1 ? "weight" : "weights"}` +
      (kept.length ? "; of the others these moved most:" : ": all that it had.");
    const list = kept.map(k => ({input: k, from: old.flat[from + k], to: after.flat[from + k]}))
      .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from)).slice(0, 3).filter(w => w.from !== w.to);
    return {list, text};
  }
}
