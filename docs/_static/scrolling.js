// What scrolls sideways, code and tables, can be scrolled by keyboard: it takes the focus where it is wider than its box.
function reachable() {
  document.querySelectorAll("pre, .table-wrapper, div.math").forEach(e => {
    if (e.scrollWidth > e.clientWidth) {
      e.tabIndex = 0;
    } else {
      e.removeAttribute("tabindex");
    }
  });
}
// A picture to drag says how high it is, so that its frame has no empty rest.
addEventListener("message", event => {
  for (const frame of document.querySelectorAll("iframe.touch")) {
    if (frame.contentWindow === event.source && Number.isFinite(event.data)) frame.style.height = `${event.data + 2}px`;
  }
});
addEventListener("load", reachable);
addEventListener("resize", reachable);
