// Sphinx's search asks for this when it orders what it found: the function or class whose whole name was typed, then a
// lesson before a guide, a guide before the reference, and that before the changelog. A name that is a word of the
// subject, "hessian", is looked for as that word.
var Scorer = {
  score: ([docname, title, , , score]) => score - (score > 80 && /\.[a-z]+$/.test(title) ? 90 : 0)
    + (docname.startsWith("_lessons/") ? 40 : docname.startsWith("_api/") ? -20 : docname === "changelog" ? -40 : 0),
  objNameMatch: 90, objPartialMatch: 6, objPrio: {0: 15, 1: 5, 2: -5}, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};
