// The run as the other scripts ask for it, and the beginning of everything.
class Run {
  constructor(data) {
    Object.assign(this, data);
    this.starts = [0]; // where each layer begins in the line of all places (units x (inputs + the bias))
    this.columns.forEach((n, l) => this.starts.push(this.starts[l] + n * this.sizes[l + 1]));
    this.places = numbers(data.places, Uint32Array);
    this.costs = numbers(data.costs, Float32Array);
    // goneAt[place] >= k: still there after k removals. -1 was never there, the largest number never goes.
    this.goneAt = new Int32Array(this.starts.at(-1)).fill(2 ** 31 - 1);
    this.places.forEach((place, i) => { this.goneAt[place] = i; });
    const absent = numbers(data.absent, Uint32Array);
    absent.forEach(place => { this.goneAt[place] = -1; });
    this.nAbsent = absent.filter(place => this.where(place).input < this.sizes[this.where(place).layer]).length;
    const types = {weights: Float32Array, moved: Float32Array, partners: Uint16Array, changes: Float32Array};
    for (const [name, Type] of Object.entries(types)) this[name] = data[name] ? numbers(data[name], Type) : null;
  }

  place(layer, unit, input) { return this.starts[layer] + unit * this.columns[layer] + input; }

  where(place) {
    let layer = 0;
    while (place >= this.starts[layer + 1]) layer++;
    const rest = place - this.starts[layer];
    return {layer, unit: Math.floor(rest / this.columns[layer]), input: rest % this.columns[layer]};
  }

  // What went as number i, counted from 0; null before the first.
  removal(i) { return i < 0 ? null : {...this.where(this.places[i]), cost: this.costs[i]}; }

  // What is in the file of the others' part in it.
  details(i) {
    const j = i - this.first, known = this.weights !== null && j >= 0;
    const found = {known, weight: known ? this.weights[j] : null, moved: 0, partners: []};
    if (!known || !this.partners) return found;
    for (let p = 3 * j; p < 3 * j + 3; p++) {
      if (this.changes[p] !== 0) found.partners.push({input: this.partners[p], change: this.changes[p]});
    }
    return {...found, moved: this.moved[j]};
  }
}

// The scale of the slider and of the clock: the logarithm of what is kept, as the curve's axis, so that 90 to 99 % take as
// long as 0 to 90.
function logarithmic(first, last) {
  const kept = k => Math.max(first - k, .5), range = Math.log(kept(last) / first) || -1;
  return {share: k => Math.log(kept(k) / first) / range,
    at: share => share >= 1 ? last : Math.round(first - first * Math.exp(share * range))};
}

// The state in the page's address, "#k=29962": what it names, and how it is kept there.
function fromAddress(n) {
  const found = /^#k=(\d+)$/.exec(location.hash);
  return found && Number(found[1]) <= n ? Number(found[1]) : null;
}
let later = null;
function intoAddress(k) {
  clearTimeout(later); // browsers refuse to do it a hundred times in a row
  later = setTimeout(() => { try { history.replaceState(null, "", "#k=" + k); } catch { /* inside another page */ } }, 200);
}

function start() {
  const data = JSON.parse(byId("data").textContent), run = new Run(data.run), n = run.places.length;
  const parts = [new Pictures(run), new Removal(run)], curve = new Curve(run, k => player.move(k));
  const watched = run.watched ? new Watched(run) : null, begin = run.total - run.nAbsent;
  const player = new Player(byId("run-player"), n, "Removals",
    [["all in 20 s", {seconds: 20}], ["all in 2 min", {seconds: 120}], ["two a second", {rate: 2}]],
    (k, playing) => {
      const [from, accuracy, point] = curve.measured(k), now = byId("run-now");
      const text = `${count(run.nAbsent + k)} of ${count(run.total)} weights removed (${percent((run.nAbsent + k) / run.total)})`;
      now.setAttribute("aria-live", playing ? "off" : "polite");
      now.textContent = `${text}. Accuracy ${percent(accuracy)}, measured after ${count(run.nAbsent + from)}.`;
      player.slider.setAttribute("aria-valuetext", text);
      [...parts, curve].forEach(part => part.show(k));
      if (watched) watched.show(point, run.nAbsent + from);
      if (player.touched && !playing) intoAddress(k);
    }, logarithmic(begin, n));
  const tiny = data.tiny ? new Tiny(data.tiny) : null;
  // The page opens at the last measured point of the first stretch within one point of the accuracy before.
  const {removed, accuracy} = run.curves[0], first = accuracy.findIndex(a => a < accuracy[0] - 0.01);
  const opening = removed[first < 0 ? removed.length - 1 : first - 1];
  byId("run-note").textContent = `The page opens after ${count(opening)} removals: the last measured point that is ` +
    "within one point of the accuracy before pruning. Play begins at the first removal.";
  if (tiny) tiny.player.go(0);
  const named = () => { const k = fromAddress(n); if (k !== null) player.move(k); return k !== null; };
  if (!named()) player.go(opening);
  window.addEventListener("hashchange", named);
  const again = () => { curve.layout(); player.show(player.k, false); };
  window.addEventListener("resize", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
}

start();
