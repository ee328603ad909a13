/* Rows of tabs: arrow keys, Home and End move along them, and the open one is in sight. */
(function () {
  "use strict";

  var seen = new WeakMap(); // which tab was open when the row was looked at last

  document.addEventListener("keydown", function (event) {
    var tab = event.target.closest && event.target.closest("[role=tab]");
    if (!tab) { return; }
    var row = [].slice.call(tab.closest("[role=tablist]").querySelectorAll("[role=tab]"));
    var at = row.indexOf(tab);
    var place = {
      ArrowRight: at + 1, ArrowLeft: at - 1 + row.length, Home: 0, End: row.length - 1
    }[event.key];
    if (place === undefined) { return; }
    var next = row[place % row.length];
    event.preventDefault();
    next.focus();
    next.click();
  });

  // On a narrow screen a row scrolls sideways. Its own offset is set: the page stays where it is.
  new MutationObserver(function () {
    document.querySelectorAll(".aq-tabs").forEach(function (row) {
      var open = row.querySelector('[aria-selected="true"]');
      if (!open || seen.get(row) === open) { return; }
      seen.set(row, open);
      row.scrollLeft = open.offsetLeft - row.offsetLeft - (row.clientWidth - open.offsetWidth) / 2;
    });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"] });
})();
