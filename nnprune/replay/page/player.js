// A slider over steps, with buttons, keys and a clock. `show(k, playing)` is called for every step shown.
// `scale` says where on the slider, and when while it plays, a step is: share(k) from 0 to 1, and its inverse at(share).
class Player {
  constructor(place, last, name, speeds, show, scale = {share: k => k / Math.max(1, last), at: s => Math.round(s * last)}) {
    Object.assign(this, {last, name, show, scale, k: 0, timer: null, touched: false});
    this.slider = make("input", {type: "range", min: 0, max: 1000, step: 1, value: 0, id: place.id + "-slider",
      "aria-label": name});
    this.button = make("button", {type: "button"}, "Play");
    this.speed = make("select", {"aria-label": "Speed"},
      ...speeds.map(([text], i) => make("option", {value: i}, text)));
    this.paces = speeds.map(([, pace]) => pace);
    this.button.onclick = () => this.toggle();
    const [start, back, next, end] = [["Start", () => 0, "edge"], ["Back", () => this.k - 1, ""],
      ["Next", () => this.k + 1, ""], ["End", () => last, "edge"]].map(([text, to, name]) => {
      const button = make("button", {type: "button", class: name}, text);
      button.onclick = () => this.move(to());
      return button;
    });
    this.slider.oninput = () => this.move(this.scale.at(this.slider.value / 1000));
    this.speed.onchange = () => { if (this.timer) { this.stop(); this.toggle(); } };
    place.append(start, back, this.button, next, end, this.speed, this.slider);
    place.addEventListener("keydown", event => this.key(event));
  }

  // Where the reader goes.
  move(k) {
    this.touched = true;
    this.go(k);
  }

  go(k, playing = false) {
    if (!playing) this.stop();
    this.k = Math.max(0, Math.min(this.last, k));
    this.slider.value = 1000 * this.scale.share(this.k);
    this.slider.setAttribute("aria-valuetext", `${count(this.k)} of ${count(this.last)} steps`);
    this.show(this.k, playing);
  }

  // Play, shown at most once a frame: the whole scale in `seconds`, or `rate` steps a second. From the beginning, unless
  // the reader has gone to another place.
  toggle() {
    if (this.timer) { this.stop(); this.show(this.k, false); return; }
    const from = this.touched && this.k < this.last ? this.k : 0, begin = performance.now();
    const {seconds, rate} = this.paces[this.speed.value], first = this.scale.share(from);
    this.touched = true;
    if (from !== this.k) this.go(from, true);
    const frame = now => {
      const time = Math.max(0, now - begin) / 1000;
      const k = seconds ? Math.max(from, this.scale.at(Math.min(1, first + time / seconds))) : from + Math.floor(time * rate);
      if (k >= this.last) { this.go(this.last); return; }
      this.timer = requestAnimationFrame(frame);
      if (k !== this.k) this.go(k, true);
    };
    this.timer = requestAnimationFrame(frame);
    this.button.textContent = "Stop";
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.button.textContent = "Play";
  }

  // The keys act where the focus is: the arrows on the slider and the buttons, the others on the slider alone.
  key(event) {
    if (event.target === this.speed || event.ctrlKey || event.altKey || event.metaKey) return;
    const far = event.shiftKey ? 100 : 1, slider = event.target === this.slider;
    const to = {ArrowLeft: this.k - far, ArrowRight: this.k + far,
      ...(slider ? {ArrowDown: this.k - far, ArrowUp: this.k + far, Home: 0, End: this.last} : {})}[event.key];
    if (event.key === " " && slider) this.toggle();
    else if (to === undefined) return;
    else this.move(to);
    event.preventDefault();
  }
}
