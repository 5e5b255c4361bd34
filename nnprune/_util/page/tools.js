"use strict";
// What all parts use: the data's numbers, elements, numbers as text, colours.

// base64 of little-endian numbers -> a typed array. (encode.py says which array has which type.)
function numbers(text, Type) {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const view = new DataView(bytes.buffer), size = Type.BYTES_PER_ELEMENT;
  const get = {Uint32Array: "getUint32", Uint16Array: "getUint16", Float32Array: "getFloat32"}[Type.name];
  return Type.from({length: bytes.length / size}, (_, i) => view[get](i * size, true));
}

function byId(id) { return document.getElementById(id); }

// An element with attributes and children; what is no element becomes text, never HTML.
function make(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function draw(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A table: the titles, then rows of cells; `classes[i]` marks row i.
function table(titles, rows, classes) {
  const line = (tag, cells, name) => make("tr", name ? {class: name} : {}, ...cells.map(c => make(tag, {}, c)));
  return make("table", {}, make("thead", {}, line("th", titles)),
    make("tbody", {}, ...rows.map((cells, i) => line("td", cells, classes && classes[i]))));
}

// A coloured square and what it stands for.
function keyItem(name, text) { return make("span", {class: "item"}, make("span", {class: "swatch " + name}), text); }

// 12345 -> "12,345"; a share -> "38.1 %"; any number with four figures, small and large ones as 1.23e-7.
function count(n) { return n.toLocaleString("en-US"); }
function percent(share, digits = 2) { return (100 * share).toFixed(digits) + " %"; }
function short(v) {
  if (v === null || Number.isNaN(v)) return "\u2013";
  const size = Math.abs(v);
  if (!Number.isFinite(v)) return v < 0 ? "\u2212infinite" : "infinite";
  const text = size === 0 ? "0" : size < 1e-3 || size >= 1e4 ? size.toExponential(2).replace("+", "") : size.toPrecision(4);
  return (v < 0 ? "\u2212" : "") + text;
}
function decimals(v, digits) { return v.toFixed(digits).replace("-", "\u2212"); }

// A colour of page.css as [red, green, blue].
function colour(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  return [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
}

// Paint a canvas pixel by pixel: `at(x, y)` gives [red, green, blue], or null for none. `scale` screen pixels each.
function paint(canvas, width, height, scale, at) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const c = at(x, y);
      if (c) image.data.set([c[0], c[1], c[2], 255], i);
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  canvas.style.width = width * scale / ratio + "px";
  canvas.style.height = height * scale / ratio + "px";
}
