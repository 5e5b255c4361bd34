// The masks of the first layer, one picture a unit, and the number of units that read each input.
class Pictures {
  constructor(run) {
    this.run = run;
    const all = run.units.length === run.sizes[1];
    byId("masks-caption").textContent = `Masks of layer 0: a picture a unit (${run.pictures[0].join(" x ")} inputs), ` +
      (all ? `units 0 to ${run.sizes[1] - 1} row by row`
        : `the ${run.units.length} of ${run.sizes[1]} units that keep most weights at the end, row by row`);
  }

  // After k removals; number k is the current one.
  show(k) {
    const now = this.run.removal(k - 1);
    this.masks(k, now && now.layer === 0 ? now : null);
    this.readers(k);
  }

  masks(k, now) {
    const {run} = this, [rows, columns] = run.pictures[0], canvas = byId("masks"), n = run.units.length;
    const ratio = window.devicePixelRatio || 1, room = canvas.parentElement.clientWidth - 28;
    const cell = [columns + 2, rows + 2]; // a line of one pixel around each picture
    const scale = Math.max(1, Math.floor(Math.min(72, room) * ratio / cell[0]));
    const most = Math.max(1, Math.floor(room * ratio / (cell[0] * scale)));
    const across = Math.ceil(n / Math.ceil(n / most)); // lines of about equal length
    const [ink, paper, accent] = ["ink", "paper", "accent"].map(colour);
    paint(canvas, across * cell[0], Math.ceil(n / across) * cell[1], scale, (x, y) => {
      const i = Math.floor(y / cell[1]) * across + Math.floor(x / cell[0]);
      if (i >= n) return null;
      const unit = run.units[i], c = x % cell[0] - 1, r = y % cell[1] - 1;
      const here = now && now.unit === unit;
      if (c < 0 || r < 0 || c >= columns || r >= rows) return here ? accent : null;
      const input = r * columns + c;
      if (here && now.input === input) return accent;
      return run.goneAt[run.place(0, unit, input)] >= k ? ink : paper;
    });
    canvas.dataset.across = across;
    let kept = 0;
    for (let p = 0; p < run.starts[1]; p++) kept += run.goneAt[p] >= k && (p + 1) % run.columns[0] !== 0;
    canvas.setAttribute("aria-label", `Masks of layer 0 after ${count(k)} removals: ${count(kept)} of ` +
      `${count(run.sizes[0] * run.sizes[1])} weights are kept`);
  }

  readers(k) {
    const {run} = this, [rows, columns] = run.pictures[0], canvas = byId("readers");
    const readers = new Uint32Array(run.sizes[0]);
    for (let unit = 0; unit < run.sizes[1]; unit++) {
      for (let i = 0; i < readers.length; i++) readers[i] += run.goneAt[run.place(0, unit, i)] >= k;
    }
    const most = Math.max(...readers, 1);
    const ratio = window.devicePixelRatio || 1, room = Math.min(canvas.parentElement.clientWidth - 28, 340);
    const [low, high] = ["paper", "up"].map(colour);
    paint(canvas, columns, rows, Math.max(1, Math.floor(room * ratio / columns)), (x, y) => {
      const share = readers[y * columns + x] / most;
      return low.map((c, i) => Math.round(c + share * (high[i] - c)));
    });
    byId("readers-most").textContent = `${most} of ${run.sizes[1]} units: the input that most of them read`;
    const unread = readers.filter(n => n === 0).length;
    canvas.setAttribute("aria-label", `Readers of each input after ${count(k)} removals: ${unread} of ` +
      `${run.sizes[0]} inputs are read by no unit, the most read one by ${most}`);
  }
}
