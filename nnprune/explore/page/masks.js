// What is left of the net: the readers of each pixel for every method, and the masks of the chosen one.

// Paint a picture of colours [red, green, blue] or null, one screen point each; the style sheet gives it its size.
function picture(canvas, width, height, at) {
  paint(canvas, width, height, 1, at);
  canvas.style.width = canvas.style.height = "";
}
const blend = (a, b, t) => a.map((v, i) => v + t * (b[i] - v));

class Masks {
  constructor(nets, choose) {
    Object.assign(this, {nets, choose});
    this.shapes = nets.sizes.slice(1).map((units, l) => {
      const across = l ? Math.min(units, 10) : Math.ceil(Math.sqrt(1.6 * units)); // pictures in a row
      const inputs = nets.sizes[l], side = l ? Math.ceil(Math.sqrt(inputs)) : nets.side;
      return {units, across, inputs, side, rows: Math.ceil(inputs / side), down: Math.ceil(units / across)};
    });
    this.canvases = this.shapes.map((shape, l) => {
      const canvas = make("canvas", {role: "img", class: "grid-of-units"});
      const title = make("p", {class: "label"}, l === 0 ? `First layer: ${shape.units} units, each with a picture of its ` +
        `${count(shape.inputs)} weights, one a pixel` : l + 2 < nets.sizes.length ?
        `Layer ${l + 1}: ${shape.units} units with ${shape.inputs} weights each` :
        `Outputs: ${shape.units}, one a digit, with ${shape.inputs} weights each`);
      const frame = make("div", {class: "frame", hidden: ""}), around = make("div", {class: "framed"}, canvas, frame);
      canvas.onclick = event => this.point(event, l);
      byId("masks").append(title, around);
      return {canvas, frame, around};
    });
  }

  point(event, l) {
    const shape = this.shapes[l], box = event.target.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / box.width * shape.across);
    const row = Math.floor((event.clientY - box.top) / box.height * shape.down);
    const unit = row * shape.across + column;
    if (unit < shape.units) this.choose(l, unit);
  }

  show({level, method, layer, unit}) {
    const {nets} = this, mask = method.mask(level), [ink, paper] = ["ink", "paper"].map(colour);
    this.canvases.forEach(({canvas, frame}, l) => {
      const {across, side, rows, units, inputs, down} = this.shapes[l], wide = side + 2, high = rows + 2;
      picture(canvas, across * wide, down * high, (x, y) => {
        const u = Math.floor(y / high) * across + Math.floor(x / wide), c = x % wide - 1, r = y % high - 1;
        const i = r * side + c;
        if (u >= units || c < 0 || r < 0 || c >= side || i >= inputs) return null;
        return mask[nets.place(l, u, i)] ? ink : paper;
      });
      let kept = 0;
      for (let p = nets.starts[l]; p < nets.starts[l + 1]; p++) kept += mask[p];
      canvas.setAttribute("aria-label", `Masks of layer ${l + 1}: ${count(kept)} of ` +
        `${count(units * inputs)} weights are kept by ${method.label}`);
      frame.hidden = l !== layer;
      if (l === layer) {
        Object.assign(frame.style, {left: 100 * (unit % across) / across + "%", width: 100 / across + "%",
          top: 100 * Math.floor(unit / across) / down + "%", height: 100 / down + "%"});
      }
    });
  }

  // How many units of the first layer read each pixel, by each method.
  readers(level) {
    const {nets} = this, [d, units] = nets.sizes, [paper, ink] = ["paper", "ink"].map(colour);
    for (const method of nets.methods) {
      const mask = method.mask(level), readers = new Uint16Array(d);
      for (let u = 0, p = 0; u < units; u++) for (let i = 0; i < d; i++) readers[i] += mask[p++];
      picture(byId("readers-" + method.key), nets.side, nets.side, (x, y) => {
        const n = readers[y * nets.side + x];
        return n ? blend(paper, ink, .25 + .75 * n / units) : paper;
      });
      byId("readers-" + method.key).setAttribute("aria-label", `${readers.filter(n => n).length} of ${d} pixels are read`);
    }
  }
}
