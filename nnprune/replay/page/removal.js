// The current removal as text: which weight, what it cost, who compensated; and a picture of its unit.
class Removal {
  constructor(run) {
    this.run = run;
    this.canvas = make("canvas", {id: "unit", role: "img"});
  }

  // What an input of a layer is called.
  input(layer, input) {
    const {run} = this, [rows, columns] = run.pictures[layer];
    if (input === run.sizes[layer]) return "bias";
    if (layer > 0) return `unit ${input} of layer ${layer - 1}`;
    return rows > 1 ? `pixel (${Math.floor(input / columns)}, ${input % columns})` : `input ${input}`;
  }

  show(k) {
    const now = this.run.removal(k - 1), place = byId("removal");
    if (!now) { place.replaceChildren(make("p", {}, "Nothing is removed yet.")); return; }
    const {layer, unit} = now, details = this.run.details(k - 1);
    place.replaceChildren(
      make("p", {}, `Number ${count(k)}: layer ${layer}, unit ${unit}, ${this.input(layer, now.input)}` +
        (layer === 0 && this.run.pictures[0][0] > 1 && now.input < this.run.sizes[0] ? ` (input ${now.input})` : "") +
        (details.weight === null ? "." : `; the weight was ${short(details.weight)}.`)),
      make("p", {}, `Predicted cost ${short(now.cost)}: ${this.run.cost}.`),
      this.canvas, make("p", {class: "key"}, `The inputs of unit ${unit} in layer ${layer}: `, keyItem("ink", "kept"),
        keyItem("accent", "gone now"), ...(this.run.partners ? [keyItem("up", "raised", "+"), keyItem("down", "lowered", "\u2212")] : [])),
      ...this.compensation(layer, details));
    this.picture(k, now, details);
  }

  compensation(layer, {known, partners, moved}) {
    if (this.run.kind === "unknown") return [];
    if (!known) return [make("p", {class: "note"}, "Who compensated is in this file from removal " +
      `${count(this.run.first + 1)} on.`)];
    if (!this.run.partners) return [make("p", {}, "No other weight moved.")];
    if (!(moved > 0)) return [make("p", {}, "No other weight moved: nothing in this unit can stand in for it.")];
    const share = partners.reduce((sum, p) => sum + Math.abs(p.change), 0) / moved;
    return [make("p", {}, `All other weights of the unit moved, by ${short(moved)} in sum. Most of all, and together ` +
      `${percent(share, 0)} of it:`), table(["who compensated", "dw"],
      partners.map(p => [this.input(layer, p.input), (p.change > 0 ? "+" : "") + short(p.change)]))];
  }

  // The unit's inputs: kept, gone, gone now, raised, lowered.
  picture(k, now, {partners}) {
    const {run} = this, {layer, unit} = now, [rows, columns] = run.pictures[layer], n = run.sizes[layer];
    const moved = new Map(partners.map(p => [p.input, p.change > 0 ? "up" : "down"]));
    const names = Object.fromEntries(["ink", "paper", "accent", "up", "down", "panel"].map(c => [c, colour(c)]));
    const ratio = window.devicePixelRatio || 1, room = Math.min(byId("removal").clientWidth, 240) * ratio;
    // Five pixels a side for an input, where there is room: a plus for raised and a minus for lowered are in them.
    const side = 5 * columns <= room ? 5 : 1, bar = [1, 2, 3];
    paint(this.canvas, side * columns, side * rows, Math.max(1, Math.floor(room / (side * columns))), (x, y) => {
      const input = Math.floor(y / side) * columns + Math.floor(x / side), c = x % side, r = y % side;
      if (input === now.input) return names.accent;
      if (moved.has(input)) {
        const sign = r === 2 && bar.includes(c) || moved.get(input) === "up" && c === 2 && bar.includes(r);
        return names[side > 1 && sign ? "panel" : moved.get(input)];
      }
      return run.goneAt[run.place(layer, unit, input)] >= k ? names.ink : names.paper;
    });
    if (rows === 1) this.canvas.style.height = "1.5rem";
    let kept = 0;
    for (let i = 0; i < n; i++) kept += run.goneAt[run.place(layer, unit, i)] >= k;
    this.canvas.setAttribute("aria-label", `Unit ${unit} of layer ${layer}: ${kept} of its ${n} inputs are kept`);
  }
}
