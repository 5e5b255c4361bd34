// A tiny net pruned by full OBS: every number of every step.
class Tiny {
  constructor(data) {
    this.data = data;
    const {sizes, steps, damping} = data, first = steps[0];
    byId("tiny").hidden = false;
    byId("tiny-about").textContent = `A ${sizes.join("-")} net on ${data.x.length} patterns, trained to a loss of ` +
      `${short(first.loss)}. Before every removal the Hessian H is recomputed; the parameter q with the smallest ` +
      `L_q = w_q\u00b2 / (2 [H\u207b\u00b9]_qq) goes, and all others move by dw = \u2212(w_q / [H\u207b\u00b9]_qq) ` +
      `H\u207b\u00b9 e_q. H is damped by \u03bb_j, ${damping} of its diagonal. ` + (first.rank < first.w.length
      ? `It is singular: its rank is ${first.rank} of ${first.w.length}. Along the directions that it does not see, ` +
        "L_q is only the charge \u03bb/2 |dw|\u00b2, and the measured rise is what the quadratic model leaves out. "
      : "") + "The model also supposes that the gradient is 0; the largest |dE/dw| shows where that ends, as nothing is " +
      "retrained here.";
    byId("tiny-caption").textContent = "The parameters, and what OBS computes for them";
    this.player = new Player(byId("tiny-player"), steps.length - 1, "Removals from the tiny net",
      [["a step in 3 s", {rate: 1 / 3}], ["a step a second", {rate: 1}]], k => this.show(k));
  }

  show(k) {
    const {steps, names} = this.data, step = steps[k], next = steps[k + 1];
    byId("tiny-now").textContent = `${k} of ${step.w.length} parameters removed. ` +
      (next ? `Next: ${names[step.q]} with L_q = ${short(step.predicted)}.` : "The end of the run.");
    this.net(step);
    this.outputs(step, next);
    byId("tiny-weights").replaceChildren(table(["parameter", "w", "[H\u207b\u00b9]qq", "L_q", "dw", "w + dw"],
      names.map((name, i) => [name, ...(step.kept[i] ? [short(step.w[i])] : ["removed"]),
        ...(next ? ["diagonal", "saliencies", "dw"].map(key => short(step[key][i])) : ["", "", ""]),
        next && step.kept[i] ? (i === step.q ? "0" : short(next.w[i])) : ""]),
      names.map((_, i) => i === step.q && next ? "goes" : step.kept[i] ? "" : "gone")));
  }

  outputs(step, next) {
    const {x, targets} = this.data;
    byId("tiny-outputs").replaceChildren(table([...x[0].map((_, i) => `x${i + 1}`), "target", "output",
      ...(next ? ["after the step"] : [])], x.map((row, i) => [...row.map(String), `${targets[i] ? "\u25cf" : "\u25cb"} ${targets[i]}`,
      decimals(step.outputs[i], 3), ...(next ? [decimals(next.outputs[i], 3)] : [])])));
    const facts = [["error E now", step.loss], ["largest |dE/dw| now", step.gradient]];
    if (next) {
      facts.push(["predicted rise L_q", step.predicted], ["of it the charge \u00bd \u03a3 \u03bb_j dw_j\u00b2", step.damping_share],
        ["measured rise", next.loss - step.loss], ["rank of H", `${step.rank} of ${step.kept.filter(Boolean).length}`]);
    }
    byId("tiny-error").replaceChildren(make("dl", {}, ...facts.flatMap(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, typeof value === "string" ? value : short(value))])));
  }

  // Units as circles in columns, weights as lines between them, biases below the circles.
  net(step) {
    const {sizes, places, names, nodes} = this.data, tall = 110 * Math.max(...sizes);
    const at = (l, j) => [40 + l * 310 / (sizes.length - 1), tall * (j + .5) / sizes[l]];
    const picture = draw("svg", {viewBox: `0 0 400 ${tall}`, role: "img", "aria-label": "The net with its weights: " +
      names.map((name, i) => `${name} ${step.kept[i] ? short(step.w[i]) : "removed"}`).join(", ")});
    const labels = [];
    places.forEach(([l, unit, column], i) => {
      const [x2, y2] = at(l + 1, unit), kept = step.kept[i];
      const text = kept ? decimals(step.w[i], 2) : "", halo = "paint-order: stroke; stroke: var(--panel); stroke-width: 4px";
      const style = `${halo}; fill: var(--${i === step.q ? "accent" : "text"})${i === step.q ? "; font-weight: 700" : ""}`;
      if (column === sizes[l]) {
        const y = y2 < tall / 2 ? y2 - 24 : y2 + 34;
        labels.push(draw("text", {x: x2, y, "text-anchor": "middle", style}, kept ? "bias " + text : "no bias"));
        return;
      }
      const [x1, y1] = at(l, column), tone = i === step.q ? "accent" : step.w[i] < 0 ? "down" : "up";
      picture.append(draw("line", {x1, y1, x2, y2, stroke: `var(--${kept ? tone : "line"})`,
        "stroke-width": kept ? Math.min(8, 1 + 1.3 * Math.abs(step.w[i])) : 1, ...(kept ? {} : {"stroke-dasharray": "2 5"})}));
      const t = .3, [x, y] = [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
      labels.push(draw("text", {x, y: y - 7, "text-anchor": "middle", style}, text));
    });
    sizes.forEach((n, l) => {
      for (let j = 0; j < n; j++) {
        const [cx, cy] = at(l, j);
        labels.push(draw("circle", {cx, cy, r: 17, fill: "var(--panel)", stroke: "var(--text)"}),
          draw("text", {x: cx, y: cy + 4, "text-anchor": "middle"}, nodes[l][j]));
      }
    });
    picture.append(...labels);
    byId("tiny-net").replaceChildren(picture);
  }
}
