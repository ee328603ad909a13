/* Columns of the table of runs as people drag them: their order and their widths, told to the page, which writes them into the address. */
(function () {
  "use strict";

  var table = (window.aquariumTable = window.aquariumTable || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  // Those that are always there are locked, and no part of what was chosen.
  function isChoosable(column) { return !column.getColDef().lockPosition; }

  functions.aquariumMoved = function (event) {
    if (!event.finished || event.source !== "uiColumnMoved") { return; }
    var keys = event.api.getAllGridColumns().filter(isChoosable).map(function (column) { return column.getColId(); });
    table.setProps("experiments-chosen", { data: keys });
  };

  var widths = {};

  table.setWidths = function (known) { widths = Object.assign({}, known); };

  functions.aquariumResized = function (event) {
    if (!event.finished || !/^(uiColumnResized|autosizeColumns)$/.test(event.source)) { return; }
    (event.columns || []).forEach(function (column) { widths[column.getColId()] = Math.round(column.getActualWidth()); });
    table.setProps("experiments-widths", { data: Object.assign({}, widths) });
  };
})();
