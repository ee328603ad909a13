/* Which runs the export page is about: those that are selected in the table of this tab. */
(function () {
  "use strict";

  var callbacks = ((window.dash_clientside = window.dash_clientside || {}).aquariumExport = {});

  // The table keeps its selection for the tab (dcc.Store, storage_type "session").
  callbacks.selection = function () {
    try {
      var kept = JSON.parse(window.sessionStorage.getItem("experiments-selected"));
      return Array.isArray(kept) ? kept : [];
    } catch (error) {
      return [];
    }
  };

  // The runs that stand side by side now; the list may have changed since the link was drawn.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-export-compared]");
    var runs = new URLSearchParams(window.location.search).get("runs");
    if (link && runs) { link.setAttribute("href", link.getAttribute("href").split("?")[0] + "?runs=" + encodeURIComponent(runs)); }
  }, true);

  // "Export what matches": the link takes the filter of the table along, as it stands now.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-export-matching]");
    if (!link) { return; }
    var text = new URLSearchParams(window.location.search).get("filter");
    link.setAttribute("href", link.getAttribute("href").split("?")[0] + (text ? "?from=filter&filter=" + encodeURIComponent(text) : "?from=filter"));
  }, true);
})();
