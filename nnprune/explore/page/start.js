// The state of the page, its controls, and the reading of all digits while the slider rests.
function share(v) { return `${+(100 * v).toPrecision(3)} %`; }
function brief(v) { return v === 0 ? "0" : v < 1e-3 || v >= 1e4 ? v.toExponential(1).replace("+", "").replace("-", "\u2212") : String(+v.toPrecision(2)); }
function swatch(method) {
  return draw("svg", {viewBox: "-6 -6 12 12", class: "marker", "aria-hidden": "true"},
    draw("path", {d: SHAPES[method.marker], fill: hue(method)}));
}

class Page {
  constructor(data) {
    this.nets = new Nets(data);
    this.state = {level: 15, method: this.nets.methods[3], layer: 0, unit: 0};
    this.task = 0;
    this.cards();
    this.masks = new Masks(this.nets, (layer, unit) => this.set({layer, unit}));
    this.unit = new Unit(this.nets, (layer, unit) => this.set({layer, unit}));
    this.chart = new Chart(this.nets, level => this.set({level}));
    this.pad = new Pad(this.nets, () => this.pad.show(this.state));
    this.wall = new Wall(this.nets, i => { this.pad.test(i); byId("draw").scrollIntoView({block: "nearest"}); });
    this.controls();
    this.set({});
    document.documentElement.dataset.ready = Math.round(performance.now());
  }

  cards() {
    byId("cards").append(...this.nets.methods.map(m => {
      const radio = make("input", {type: "radio", name: "method", value: m.key, id: "m-" + m.key,
        "aria-labelledby": `name-${m.key} read-${m.key}`, "aria-describedby": `text-${m.key}`});
      radio.onchange = () => this.set({method: m});
      const card = make("label", {class: "card", for: "m-" + m.key}, make("span", {class: "name"}, radio, swatch(m),
        make("span", {id: "name-" + m.key}, m.label)), make("b", {class: "read", id: "read-" + m.key}),
        make("span", {class: "live", id: "live-" + m.key}),
        make("canvas", {id: "readers-" + m.key, role: "img"}), make("span", {class: "text", id: "text-" + m.key}, m.text));
      card.style.setProperty("--hue", hue(m));
      return card;
    }));
  }

  controls() {
    const slider = byId("kept");
    byId("dense-read").textContent = percent(this.nets.methods[0].correct[0] / this.nets.n, 1);
    slider.max = this.nets.levels.length - 1;
    slider.oninput = () => this.set({level: Number(slider.value)});
    byId("less").onclick = () => this.set({level: this.state.level + 1});
    byId("more").onclick = () => this.set({level: this.state.level - 1});
    const again = () => { this.chart.layout(); this.set({}); };
    window.addEventListener("resize", again);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  }

  // The new state, at once where it is computed already; the digits are read as soon as nothing else is to do.
  set(change) {
    Object.assign(this.state, change);
    const {nets, state} = this, last = nets.levels.length - 1;
    state.level = Math.max(0, Math.min(last, state.level));
    const kept = share(nets.levels[state.level]), slider = byId("kept");
    slider.value = state.level;
    slider.setAttribute("aria-valuetext", `${kept} of the weights kept`);
    byId("less").disabled = state.level === last;
    byId("more").disabled = state.level === 0;
    byId("share").textContent = kept;
    byId("kept-text").textContent = `of ${count(nets.total)} weights kept`;
    for (const m of nets.methods) {
      byId("read-" + m.key).textContent = percent(m.correct[state.level] / nets.n, 1);
      byId("live-" + m.key).textContent = `${count(nets.n - m.correct[state.level])} wrong \u00b7 ${count(m.kept[state.level])} weights`;
      byId("m-" + m.key).checked = m === state.method;
    }
    for (const part of document.querySelectorAll(".chosen-name")) part.textContent = state.method.label;
    byId("chosen-text").textContent = state.method.text;
    this.masks.readers(state.level);
    [this.chart, this.masks, this.unit, this.pad].forEach(part => part.show(state));
    this.read();
  }

  // All digits through all five nets of this level, and through the chosen one of the level before, in short pieces.
  async read() {
    const task = ++this.task, {nets, state: {level, method}} = this, begin = performance.now();
    const work = [[method, level], [method, Math.max(0, level - 1)], ...nets.methods.map(m => [m, level])];
    const found = [];
    byId("live").textContent = `Reading ${count(nets.n)} digits with each net\u2026`;
    for (const [m, l] of work) {
      const reading = m.reading(l);
      for (let step = reading.next(); ; step = reading.next()) {
        if (step.done) { found.push(step.value); break; }
        await new Promise(resolve => { setTimeout(resolve); });
        if (task !== this.task) return;
      }
      if (found.length === 2) this.wall.show({...this.state}, ...found);
    }
    const correct = found.slice(2), differ = correct.some((r, i) => r.correct !== nets.methods[i].correct[level]);
    byId("live").textContent = differ ? "This browser computes other figures than the package" :
      `Your browser has just read ${count(nets.n)} digits with each of the five nets: its figures are those that the package computed, above.`;
    document.documentElement.dataset.rest = Math.round(performance.now() - begin);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(correct), 500);
  }

  // For a screen reader, once the slider rests.
  tell(correct) {
    const {nets, state: {level}} = this;
    byId("now").textContent = `${share(nets.levels[level])} of the weights kept. Digits read: ` +
      nets.methods.map((m, i) => `${m.label} ${percent(correct[i].correct / nets.n, 1)}`).join(", ") + ".";
  }
}

document.documentElement.classList.toggle("inside", window !== window.parent); // in a frame the site has the words
const page = new Page(JSON.parse(byId("data").textContent));
