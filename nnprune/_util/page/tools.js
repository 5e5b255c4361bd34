"use strict";
// What all parts use: the data's numbers, elements, numbers as text, colours.

// base64 of little-endian numbers -> a typed array. (The Python side says which array has which type.)
function numbers(text, Type) {
  const letters = atob(text), bytes = new Uint8Array(letters.length), size = Type.BYTES_PER_ELEMENT;
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  // The computer's own order of bytes is nearly always little-endian; on others they are turned.
  if (size > 1 && new Uint8Array(Uint16Array.of(1).buffer)[0] === 0) {
    for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  }
  return new Type(bytes.buffer);
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
  const line = (tag, cells, name) => make("tr", name ? {class: name} : {}, ...cells.map((c, j) =>
    tag === "th" ? make("th", {scope: "col"}, c) : j ? make("td", {}, c) : make("th", {scope: "row"}, c)));
  return make("table", {}, make("thead", {}, line("th", titles)),
    make("tbody", {}, ...rows.map((cells, i) => line("td", cells, classes && classes[i]))));
}

// A coloured square and what it stands for; a colour that is none of page.css as it is.
function keyItem(name, text, sign = "") {
  const own = name.startsWith("#") ? {class: "swatch", style: "background: " + name} : {class: "swatch " + name};
  return make("span", {class: "item"}, make("span", {...own, "aria-hidden": "true"}, sign), text);
}

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
  const image = new ImageData(width, height), {data} = image;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const c = at(x, y);
      if (!c) continue;
      data[i] = c[0];
      data[i + 1] = c[1];
      data[i + 2] = c[2];
      data[i + 3] = 255;
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  canvas.style.width = width * scale / ratio + "px";
  canvas.style.height = height * scale / ratio + "px";
}
