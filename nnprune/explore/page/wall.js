// The digits that went wrong: those that the chosen net read at the stop before, or all that it misreads.
class Wall {
  static most = 60;

  constructor(nets, choose) {
    Object.assign(this, {nets, choose});
    byId("which").onchange = () => this.show(this.state, this.now, this.before);
  }

  // `now` and `before` are the readings of the chosen method at the level and at the one before.
  show(state, now, before) {
    if (!now) return;
    Object.assign(this, {state, now, before});
    const {nets} = this, all = byId("which").value === "all", [paper, ink] = ["paper", "ink"].map(colour);
    const wrong = [...Array(nets.n).keys()].filter(i => now.classes[i] !== nets.labels[i] &&
      (all || before.classes[i] === nets.labels[i]));
    const shown = wrong.slice(0, Wall.most);
    byId("wall").replaceChildren(...shown.map(i => {
      const canvas = make("canvas", {"aria-hidden": "true"}), image = nets.image(i);
      picture(canvas, nets.side, nets.side, (x, y) => blend(paper, ink, image[y * nets.side + x] / 255));
      const button = make("button", {type: "button", class: "tile"}, canvas,
        make("span", {}, make("b", {}, String(nets.labels[i])), ` \u2192 ${now.classes[i]}`));
      button.setAttribute("aria-label", `a ${nets.labels[i]}, read as ${now.classes[i]}: look at it`);
      button.onclick = () => this.choose(i);
      return make("li", {}, button);
    }));
    const kept = share(nets.levels[state.level]), stop = state.level ? share(nets.levels[state.level - 1]) : null;
    const what = all ? `${state.method.label} at ${kept} misreads ${count(wrong.length)} of ${count(nets.n)} digits` :
      stop === null ? "Nothing is removed yet. Move the slider" :
        `${count(wrong.length)} ${wrong.length === 1 ? "digit" : "digits"} that ${state.method.label} still read at ${stop}, but no longer at ${kept}`;
    byId("wall-text").textContent = what + (wrong.length > shown.length ? `; the first ${shown.length} of them:` : wrong.length ? ":" : ".");
  }
}
