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
addEventListener("load", reachable);
addEventListener("resize", reachable);
