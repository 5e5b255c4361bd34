// A digit to look at: drawn by hand, or one of the test digits; and what the nets say of it.

// A drawing as MNIST's digits are: its box scaled to 20 pixels, its centre of mass at (14, 14) of 28 x 28.
// `ink` has a number from 0 to 1 for each point of a sheet of width x height; null where there is no ink.
function normalised(ink, width, height, side = 28) {
  const size = Math.round(20 * side / 28);
  let [x0, x1, y0, y1] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] > .05) [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)];
    }
  }
  if (x1 < 0) return null;
  const scale = size / Math.max(x1 - x0 + 1, y1 - y0 + 1);
  // Each small pixel is the mean of the ink that it covers.
  const small = new Float64Array(size * size), share = v => [Math.floor(v), v - Math.floor(v)];
  const spread = (v, v0) => { // the small pixels that a point covers, and how much of each
    const [first, rest] = share((v - v0) * scale), end = rest + scale, parts = [];
    for (let k = 0; k < end; k++) parts.push([first + k, Math.min(end, k + 1) - Math.max(rest, k)]);
    return parts;
  };
  for (let y = y0; y <= y1; y++) {
    const rows = spread(y, y0);
    for (let x = x0; x <= x1; x++) {
      const v = ink[y * width + x];
      if (v) for (const [c, a] of spread(x, x0)) for (const [r, b] of rows) if (r < size && c < size) small[r * size + c] += a * b * v;
    }
  }
  let [mass, mx, my] = [0, 0, 0];
  small.forEach((v, k) => { mass += v; mx += v * (k % size); my += v * Math.floor(k / size); });
  const dx = Math.round(side / 2 - mx / mass), dy = Math.round(side / 2 - my / mass);
  const picture = new Uint8Array(side * side);
  small.forEach((v, k) => {
    const x = k % size + dx, y = Math.floor(k / size) + dy;
    if (x >= 0 && y >= 0 && x < side && y < side) picture[y * side + x] = Math.round(255 * Math.min(1, v));
  });
  return picture;
}

class Pad {
  static size = 280; // of the sheet, and the pen's width on it
  static pen = 24;

  constructor(nets, changed) {
    Object.assign(this, {nets, changed, strokes: [], cursor: [140, 140], down: false, digit: 0, drawn: null});
    this.canvas = byId("pad");
    this.canvas.width = this.canvas.height = Pad.size;
    this.canvas.addEventListener("pointerdown", event => {
      this.canvas.setPointerCapture(event.pointerId);
      this.strokes.push([this.where(event)]);
      this.draw();
    });
    this.canvas.addEventListener("pointermove", event => {
      if (!this.canvas.hasPointerCapture(event.pointerId) || !this.strokes.length) return;
      for (const e of event.getCoalescedEvents?.() ?? [event]) this.strokes.at(-1).push(this.where(e));
      this.draw();
    });
    this.canvas.addEventListener("pointerup", event => { // browsers may leave out the last move
      this.strokes.at(-1)?.push(this.where(event));
      this.draw();
      this.read();
    });
    this.canvas.addEventListener("pointercancel", () => this.read());
    this.canvas.addEventListener("keydown", event => this.key(event));
    for (const kind of ["focus", "blur"]) this.canvas.addEventListener(kind, () => this.draw());
    byId("clear").onclick = () => this.clear();
    byId("test-digit").onclick = () => this.test((this.digit + 1) % nets.n);
  }

  where(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * Pad.size, (event.clientY - box.top) / box.height * Pad.size];
  }

  // By keys: arrows move the pen, Space sets it down and lifts it.
  key(event) {
    const [dx, dy] = {ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10]}[event.key] || [0, 0];
    if (event.key === " ") {
      this.down = !this.down;
      if (this.down) this.strokes.push([[...this.cursor]]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else if (dx || dy) {
      this.cursor = [this.cursor[0] + dx, this.cursor[1] + dy].map(v => Math.max(10, Math.min(Pad.size - 10, v)));
      if (this.down) this.strokes.at(-1).push([...this.cursor]);
    } else return;
    event.preventDefault();
    this.draw();
    this.read();
    byId("pad-text").textContent = `Pen ${this.down ? "down" : "up"}, at ${this.cursor.map(v => v / 10).join(", ")} of 28`;
  }

  clear() {
    Object.assign(this, {strokes: [], down: false});
    this.draw();
    this.read();
  }

  // Look at a test digit instead of a drawing.
  test(i) {
    Object.assign(this, {digit: i, strokes: [], drawn: null, down: false});
    this.draw();
    this.changed();
  }

  // The drawing on the sheet; what is left of a test digit's sheet is empty.
  draw() {
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, Pad.size, Pad.size);
    Object.assign(pen, {lineWidth: Pad.pen, lineCap: "round", lineJoin: "round"});
    pen.strokeStyle = `rgb(${colour("ink")})`;
    for (const stroke of this.strokes) {
      pen.beginPath();
      pen.moveTo(...stroke[0]);
      for (const p of stroke) pen.lineTo(...p);
      pen.stroke();
    }
    this.canvas.parentElement.classList.toggle("empty", !this.strokes.length);
    const ring = byId("pen");
    ring.hidden = document.activeElement !== this.canvas || !this.canvas.matches(":focus-visible");
    Object.assign(ring.style, {left: 100 * this.cursor[0] / Pad.size + "%", top: 100 * this.cursor[1] / Pad.size + "%"});
    ring.classList.toggle("down", this.down);
  }

  read() {
    const points = this.canvas.getContext("2d").getImageData(0, 0, Pad.size, Pad.size).data;
    const ink = Float64Array.from({length: Pad.size ** 2}, (_, i) => points[4 * i + 3] / 255);
    this.drawn = normalised(ink, Pad.size, Pad.size, this.nets.side);
    this.changed();
  }

  picture() { return this.strokes.length && this.drawn ? this.drawn : this.nets.image(this.digit); }

  // What each net says of the picture, and the outputs of the dense and of the chosen one beside each other.
  show({level, method}) {
    const {nets} = this, image = this.picture(), [paper, ink] = ["paper", "ink"].map(colour);
    picture(byId("seen"), nets.side, nets.side, (x, y) => blend(paper, ink, image[y * nets.side + x] / 255));
    const drawn = this.strokes.length && this.drawn;
    byId("seen-text").textContent = drawn ? "Your digit, as the net sees it" :
      `Test digit ${this.digit + 1} of ${count(nets.n)}: it is a ${nets.labels[this.digit]}`;
    this.dense ??= nets.ready(nets.dense);
    const says = [["all weights", nets.outputsOfPicture(this.dense, image), null],
      ...nets.methods.map(m => [m.label, nets.outputsOfPicture(m.ready(level), image), m])];
    const line = ([label, z, m]) => {
      const p = softmax(z), best = argmax(z), right = drawn || best === nets.labels[this.digit];
      return make("tr", m === method ? {class: "chosen"} : {}, make("th", {scope: "row"}, ...(m ? [swatch(m)] : []), label),
        make("td", {class: "big"}, String(best), ...(right ? [] : [make("span", {class: "wrong"}, " wrong")])),
        make("td", {}, percent(p[best], 0)));
    };
    byId("says").replaceChildren(make("thead", {}, make("tr", {}, ...["net", "reads", "probability"].map(t =>
      make("th", {scope: "col"}, t)))), make("tbody", {}, ...says.map(line)));
    const [z0, z1] = [says[0][1], says.find(s => s[2] === method)[1]], [p0, p1] = [softmax(z0), softmax(z1)];
    const bar = (p, m) => {
      const box = make("td", {}, make("span", {class: "bar"}), make("span", {class: "share"}, percent(p, 0)));
      Object.assign(box.firstChild.style, {width: 3.4 * p + "rem", background: m ? hue(m) : "var(--muted)"});
      return box;
    };
    byId("outputs").replaceChildren(make("thead", {}, make("tr", {}, ...["digit", "all weights",
      `${method.label}, ${share(nets.levels[level])} kept`].map(t => make("th", {scope: "col"}, t)))),
      make("tbody", {}, ...p0.map((p, k) => make("tr", {}, make("th", {scope: "row"}, String(k)), bar(p, null), bar(p1[k], method)))));
  }
}
