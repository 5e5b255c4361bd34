// A slider over steps, with buttons, keys and a clock. `show(k, playing)` is called for every step shown.
class Player {
  static used = null; // the player that the keys move: the one used last

  constructor(place, last, name, speeds, show) {
    Object.assign(this, {last, name, show, k: 0, timer: null});
    this.slider = make("input", {type: "range", min: 0, max: last, step: 1, value: 0, id: place.id + "-slider",
      "aria-label": name});
    this.button = make("button", {type: "button"}, "Play");
    this.speed = make("select", {"aria-label": "Speed"},
      ...speeds.map(([text, rate]) => make("option", {value: rate}, text)));
    this.button.onclick = () => this.toggle();
    const [start, back, next, end] = [["Start", () => 0, "edge"], ["Back", () => this.k - 1, ""],
      ["Next", () => this.k + 1, ""], ["End", () => last, "edge"]].map(([text, to, name]) => {
      const button = make("button", {type: "button", class: name}, text);
      button.onclick = () => this.go(to());
      return button;
    });
    this.slider.oninput = () => this.go(Number(this.slider.value));
    this.speed.onchange = () => { if (this.timer) { this.stop(); this.toggle(); } };
    place.append(start, back, this.button, next, end, this.speed, this.slider);
    Player.used = Player.used || this;
  }

  go(k, playing = false) {
    if (!playing) { this.stop(); Player.used = this; }
    this.k = Math.max(0, Math.min(this.last, k));
    this.slider.value = this.k;
    this.slider.setAttribute("aria-valuetext", `${count(this.k)} of ${count(this.last)}`);
    this.show(this.k, playing);
  }

  // Play: `rate` steps a second, shown at most once a frame.
  toggle() {
    if (this.timer) { this.stop(); this.show(this.k, false); return; }
    Player.used = this;
    const from = this.k < this.last ? this.k : 0, rate = Number(this.speed.value), begin = performance.now();
    const frame = now => {
      const k = from + Math.max(0, Math.floor((now - begin) / 1000 * rate));
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
}

document.addEventListener("keydown", event => {
  const player = Player.used, tag = event.target.tagName;
  if (!player || tag === "SELECT" || event.ctrlKey || event.altKey || event.metaKey) return;
  const far = event.shiftKey ? 100 : 1;
  const to = {ArrowLeft: player.k - far, ArrowRight: player.k + far, Home: 0, End: player.last}[event.key];
  if (event.key === " " && tag !== "BUTTON") player.toggle();
  else if (to === undefined || (tag === "INPUT" && !event.shiftKey)) return; // the slider moves itself
  else player.go(to);
  event.preventDefault();
});
