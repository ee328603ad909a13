/* Cells of the table of runs that come later: trends, and values where another metric was best. */
(function () {
  "use strict";

  var table = (window.aquariumTable = window.aquariumTable || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var callbacks = ((window.dash_clientside = window.dash_clientside || {}).aquariumGrid = window.dash_clientside.aquariumGrid || {});

  var known = {}; // by run and column: what was answered, and the stamp of the row it is of
  var wantedCells = null; // what was asked for and not answered yet
  var asked = 0;
  var AT_ONCE = 12;
  var PATIENCE_MS = 10000;
  var MOST_MEMBERS = 10; // of a group whose mean is drawn

  function cellKey(id, column) { return id + "\u0000" + column; }

  function slowCell(cell) {
    if (!cell.data) { return null; }
    return known[cellKey(cell.data.id, cell.colDef.field)] || null;
  }

  components.AquariumTrend = function (cell) {
    var found = slowCell(cell);
    if (!found || !found.path) { return null; }
    return table.h("svg", { viewBox: "-1 -1 102 22", preserveAspectRatio: "none", className: "aq-trend aq-slot-" + (cell.data.kind === "group" ? "none" : cell.data.slot), role: "img", "aria-label": found.full },
      table.h("title", null, found.full),
      table.h("path", { d: found.path, fill: "none", stroke: "currentColor", strokeWidth: 1.5, strokeLinejoin: "round", vectorEffect: "non-scaling-stroke" }));
  };

  components.AquariumSlow = function (cell) {
    var found = slowCell(cell);
    return found ? table.h("span", { title: found.full }, found.text) : null;
  };

  function slowColumns(api) {
    return (api.getColumns() || []).map(function (column) { return column.getColDef(); })
      .filter(function (def) { return def.cellRenderer === "AquariumTrend" || def.cellRenderer === "AquariumSlow"; })
      .map(function (def) { return def.field; });
  }

  // An answer that got lost is not waited for for ever.
  function isAsking() { return wantedCells !== null && Date.now() - wantedCells.since < PATIENCE_MS; }

  function lookForCells() {
    var api = table.grid();
    if (!api || api.isDestroyed() || isAsking() || table.isWaiting()) { return; }
    var columns = slowColumns(api);
    var last = api.getLastDisplayedRowIndex();
    var ids = [];
    var groups = {};
    for (var i = api.getFirstDisplayedRowIndex(); columns.length && i >= 0 && i <= last && ids.length < AT_ONCE; i += 1) {
      var node = api.getDisplayedRowAtIndex(i);
      var run = node && node.data;
      if (run && columns.some(function (column) {
        var found = known[cellKey(run.id, column)];
        return !found || found.stamp !== run.stamp;
      })) {
        ids.push(run.id);
        if (run.kind === "group") { groups[run.id] = run.members.slice(0, MOST_MEMBERS); }
      }
    }
    if (!ids.length) { return; }
    asked += 1;
    wantedCells = { number: asked, ids: ids, keys: columns, since: Date.now() };
    table.setProps("experiments-slow-request", { data: { number: asked, ids: ids, keys: columns, groups: groups } });
  }

  var looking = 0;

  table.lookSoon = function () {
    window.clearTimeout(looking);
    looking = window.setTimeout(lookForCells, 60);
  };

  functions.aquariumLook = table.lookSoon;

  // What was asked for a table that is gone.
  table.forgetCells = function () { wantedCells = null; };

  function keepCells(answer) {
    var api = table.grid();
    if (!api || !wantedCells || wantedCells.number !== answer.number) { return; }
    var wanted = wantedCells;
    wantedCells = null;
    var nodes = [];
    wanted.ids.forEach(function (id) {
      var node = api.getRowNode(id);
      var cells = answer.cells[id] || {};
      wanted.keys.forEach(function (column) {
        // A run that is gone has no answer; it is not asked for again until it changes.
        known[cellKey(id, column)] = Object.assign({ text: "", full: "", stamp: node && node.data && node.data.stamp }, cells[column]);
      });
      if (node) { nodes.push(node); }
    });
    api.refreshCells({ rowNodes: nodes, columns: wanted.keys, force: true });
    lookForCells();
  }

  callbacks.slow = function (answer) {
    if (answer) { keepCells(answer); }
    return table.nothing();
  };
})();
