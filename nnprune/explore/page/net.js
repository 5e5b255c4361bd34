// The nets and the forward pass; nothing of the page is touched here. (pack.py says what the arrays hold.)

// 16 bits of a float16 -> the number.
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * fraction / 1024);
}

// The upper half of a float32 -> the number.
function upperHalf(bits) {
  upperHalf.view.setUint32(0, bits * 65536);
  return upperHalf.view.getFloat32(0);
}
upperHalf.view = new DataView(new ArrayBuffer(4));

const ACTIVATIONS = {relu: z => z > 0 ? z : 0, tanh: Math.tanh, sigmoid: z => 1 / (1 + Math.exp(-z))};

// The first place of the largest number.
function argmax(z) {
  let best = 0;
  for (let i = 1; i < z.length; i++) if (z[i] > z[best]) best = i;
  return best;
}

// Outputs -> probabilities.
function softmax(z) {
  const most = Math.max(...z), e = Array.from(z, v => Math.exp(v - most)), sum = e.reduce((a, b) => a + b, 0);
  return e.map(v => v / sum);
}

class Nets {
  constructor(data) {
    const {sizes} = data;
    Object.assign(this, {sizes, levels: data.levels, n: data.n, f: ACTIVATIONS[data.activation]});
    this.side = Math.sqrt(sizes[0]);
    this.starts = [0]; // where the weights of each layer begin, units x inputs
    for (let l = 0; l + 1 < sizes.length; l++) this.starts.push(this.starts[l] + sizes[l] * sizes[l + 1]);
    this.total = this.starts.at(-1);
    this.dense = Float64Array.from(numbers(data.dense, Uint16Array), half);
    this.labels = numbers(data.labels, Uint8Array);
    this.unpack(numbers(data.images, Uint8Array));
    this.methods = data.methods.map(m => new Method(this, m));
  }

  // The digits, each as the places and the values of its pixels that are not 0.
  unpack(bytes) {
    const d = this.sizes[0], ink = bytes.subarray(Math.ceil(this.n * d / 8));
    this.first = new Uint32Array(this.n + 1);
    this.places = new Uint16Array(ink.length);
    this.ink = ink;
    let found = 0;
    for (let i = 0, bit = 0; i < this.n; i++) {
      for (let j = 0; j < d; j++, bit++) if (bytes[bit >> 3] & 128 >> (bit & 7)) this.places[found++] = j;
      this.first[i + 1] = found;
    }
  }

  // A digit as a picture: a byte for every pixel.
  image(i) {
    const picture = new Uint8Array(this.sizes[0]);
    for (let k = this.first[i]; k < this.first[i + 1]; k++) picture[this.places[k]] = this.ink[k];
    return picture;
  }

  place(layer, unit, input) { return this.starts[layer] + unit * this.sizes[layer] + input; }

  // Weights of the net with all of them, or of a method at a level, ready for `outputs`: the first layer pixel by pixel.
  ready(flat) {
    const [d, units] = this.sizes, first = new Float64Array(d * units);
    for (let u = 0, p = 0; u < units; u++) for (let i = 0; i < d; i++) first[i * units + u] = flat[p++];
    return {first, flat};
  }

  // The outputs for a picture, of which `count` pixels are not 0: they stand in places and ink from `start` on.
  outputs({first, flat}, places, ink, start, count) {
    const {sizes, starts} = this, units = sizes[1];
    let bias = this.total, a = flat.slice(bias, bias += units);
    for (let k = start; k < start + count; k++) {
      const x = ink[k] / 255, row = places[k] * units;
      for (let u = 0; u < units; u++) a[u] += x * first[row + u];
    }
    for (let l = 1; l + 1 < sizes.length; l++) {
      for (let i = 0; i < a.length; i++) a[i] = this.f(a[i]);
      const z = flat.slice(bias, bias += sizes[l + 1]);
      for (let u = 0, p = starts[l]; u < z.length; u++) for (let i = 0; i < a.length; i++) z[u] += flat[p++] * a[i];
      a = z;
    }
    return a;
  }

  outputsOfDigit(ready, i) {
    return this.outputs(ready, this.places, this.ink, this.first[i], this.first[i + 1] - this.first[i]);
  }
  outputsOfPicture(ready, picture) {
    const places = [...picture.keys()].filter(p => picture[p]);
    return this.outputs(ready, places, places.map(p => picture[p]), 0, places.length);
  }
}

class Method {
  constructor(nets, data) {
    const {key, label, color, marker, text, correct, kept} = data;
    const name = label.replace("-", "-\u2060"); // a word joiner: no line ends inside "L-OBS"
    Object.assign(this, {nets, key, label: name, color, marker, text, correct, kept, cache: new Map(), read: new Map()});
    this.costs = Float64Array.from(numbers(data.costs, Uint16Array), upperHalf);
    this.gone = data.gone ? numbers(data.gone, Uint8Array) : null;
    this.alive = data.alive ? numbers(data.alive, Uint8Array) : null;
    this.weights = data.weights ? Float32Array.from(numbers(data.weights, Uint16Array), half) : null;
    this.compensates = Boolean(data.weights);
    const biases = nets.dense.length - nets.total;
    this.stored = kept.map((_, l) => kept.slice(1, l).reduce((sum, n) => sum + n + biases, 0));
  }

  // Which weights are kept at a level: 1 or 0 for each.
  mask(level) { return this.at(level).mask; }

  // Mask and weights at a level: the weights and biases of the whole net, 0 where pruned.
  at(level) {
    if (!this.cache.has(level)) {
      const mask = this.gone ? this.gone.map(g => g > level) : this.maskOfUnits(level);
      this.cache.set(level, {mask, flat: this.flat(level, mask)});
    }
    return this.cache.get(level);
  }

  maskOfUnits(level) {
    const {sizes, total} = this.nets, mask = new Uint8Array(total);
    let before = level * sizes.reduce((a, b) => a + b), p = 0;
    for (let l = 0; l + 1 < sizes.length; l++) {
      const after = before + sizes[l];
      for (let u = 0; u < sizes[l + 1]; u++) {
        for (let i = 0; i < sizes[l]; i++) mask[p++] = this.alive[before + i] & this.alive[after + u];
      }
      before = after;
    }
    return mask;
  }

  flat(level, mask) {
    const {dense, total} = this.nets, flat = dense.slice();
    if (!this.compensates || level === 0) {
      for (let p = 0; p < total; p++) if (!mask[p]) flat[p] = 0;
      return flat;
    }
    let next = this.stored[level];
    for (let p = 0; p < total; p++) flat[p] = mask[p] ? this.weights[next++] : 0;
    for (let p = total; p < flat.length; p++) flat[p] = this.weights[next++];
    return flat;
  }

  ready(level) {
    if (!this.last || this.last.level !== level) this.last = {level, net: this.nets.ready(this.at(level).flat)};
    return this.last.net;
  }

  // The class of every digit at a level, computed a few at a time: an iterator that ends with {classes, correct}.
  *reading(level) {
    if (this.read.has(level)) return this.read.get(level);
    const {nets} = this, classes = new Uint8Array(nets.n), net = nets.ready(this.at(level).flat);
    let correct = 0;
    for (let i = 0; i < nets.n; i++) {
      classes[i] = argmax(nets.outputsOfDigit(net, i));
      correct += classes[i] === nets.labels[i];
      if (i % 100 === 99) yield;
    }
    this.read.set(level, {classes, correct});
    return this.read.get(level);
  }

  // The level at which a weight is first gone; Infinity: it is kept to the last one.
  goneAt(place) {
    if (this.gone) return this.gone[place] === 255 ? Infinity : this.gone[place];
    const level = this.nets.levels.findIndex((_, l) => !this.mask(l)[place]);
    return level < 0 ? Infinity : level;
  }
}
