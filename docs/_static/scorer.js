// Sphinx's search asks for this when it orders what it found: a lesson before a guide, a guide before the reference,
// and that before the changelog.
var Scorer = {
  score: ([docname, , , , score]) => score + (docname.startsWith("_lessons/") ? 40 : docname.startsWith("_api/") ? -20
    : docname === "changelog" ? -40 : 0),
  objNameMatch: 11, objPartialMatch: 6, objPrio: {0: 15, 1: 5, 2: -5}, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};
