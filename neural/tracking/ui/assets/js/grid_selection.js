/* Which runs of the table are selected, left out of charts, looked at, and what is compared. */
(function () {
  "use strict";

  var table = (window.aquariumTable = window.aquariumTable || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var callbacks = ((window.dash_clientside = window.dash_clientside || {}).aquariumGrid = window.dash_clientside.aquariumGrid || {});

  var looks = {}; // of the selected runs: the classes of their swatches
  var hidden = []; // ids of runs that charts leave out

  table.looks = function () { return looks; };
  table.isHidden = function (id) { return hidden.indexOf(id) >= 0; };

  table.toggleHidden = function (id) {
    hidden = table.isHidden(id) ? hidden.filter(function (one) { return one !== id; }) : hidden.concat(id);
    table.setProps("experiments-hidden", { data: hidden });
  };

  /* ---- selection: a list of ids, because rows that are not loaded count too ---- */

  var selected = [];
  var isSelected = {};

  function setSelected(ids) {
    selected = ids;
    isSelected = Object.create(null);
    ids.forEach(function (id) { isSelected[id] = true; });
  }

  // The runs that a row stands for: itself, or those of its group.
  function runsOf(node) {
    if (!node || !node.data || node.id === undefined || node.stub) { return []; }
    return node.data.kind === "group" ? node.data.members : [node.id];
  }

  function isMarked(node) {
    var runs = runsOf(node);
    return runs.length > 0 && runs.every(function (id) { return isSelected[id]; });
  }

  // A row that is on its way counts as a run: the table would take its mark away, and complain.
  functions.aquariumCanSelect = function (params) {
    var data = params.data || (params.node && params.node.data);
    return !data || data.kind !== "group" || data.members.length > 0;
  };

  // What a person or a key did. Rows that are read again or left out lose their mark too, but
  // that changes nothing about what was chosen.
  var CHOSEN_BY = ["checkboxSelected", "rowClicked", "spaceKey", "api"];
  var telling = 0;

  functions.aquariumSelected = function (event) {
    var runs = runsOf(event.node);
    if (!runs.length || CHOSEN_BY.indexOf(event.source) < 0) { return; }
    var on = event.node.isSelected();
    if (on === isMarked(event.node)) { return; }
    var meant = Object.create(null);
    runs.forEach(function (id) { meant[id] = true; });
    setSelected(on
      ? selected.concat(runs.filter(function (id) { return !isSelected[id]; }))
      : selected.filter(function (id) { return !meant[id]; }));
    if (event.node.data.kind) { showSelection(); } // a group and its members stand below each other
    window.clearTimeout(telling);
    telling = window.setTimeout(function () { table.setProps("experiments-selected", { data: tell(selected) }); }, 0);
  };

  // Every block that arrives gets back what was selected in it.
  functions.aquariumRestore = function (event) {
    event.api.forEachNode(function (node) {
      if (!node.isSelected() && isMarked(node)) { node.setSelected(true); }
    });
    table.lookSoon();
  };

  // Lists that came from the table itself: by the time one of them comes back, the next row may
  // have been chosen already, and showing it would take that row out again.
  var told = [];

  table.forgetTold = function () { told = []; };

  function tell(ids) {
    told = told.slice(-9).concat(ids.join());
    return ids;
  }

  function showSelection() {
    var api = table.grid();
    if (!api) { return; }
    api.forEachNode(function (node) {
      if (runsOf(node).length && node.isSelected() !== isMarked(node)) { node.setSelected(isMarked(node)); }
    });
  }

  /* ---- the run that is looked at beside the table -------------------------------- */

  functions.aquariumFocus = function (event) {
    if (event.rowIndex === null || event.rowIndex === undefined || event.api.isDestroyed()) { return; }
    var node = event.api.getDisplayedRowAtIndex(event.rowIndex);
    if (table.isRun(node)) { table.setProps("experiments-focus", { data: node.id }); }
  };

  functions.aquariumKey = function (event) {
    var key = event.event && event.event.key;
    if (key !== "Enter" || !event.data) { return; }
    // The Enter that ends an edit opens nothing.
    if (event.event.target.closest("input:not([type=checkbox]), textarea")) { return; }
    if (event.data.kind === "group") { table.toggleGroup(event.data.key); return; }
    window.aquarium.visit(event.data.href);
  };

  /* ---- comparison ------------------------------------------------------------------ */

  var MOST_COMPARED = 100; // more do not fit into an address, nor on a chart

  function baseline(ids) {
    var api = table.grid();
    return ids.find(function (id) {
      var node = api && api.getRowNode(id);
      return node && node.data && node.data.pinned;
    });
  }

  function compareWords(many) {
    if (!many) { return "Compare"; }
    return many > MOST_COMPARED ? "Compare " + MOST_COMPARED + " of " + many.toLocaleString("en") : "Compare " + many;
  }

  function compareQuery(ids) {
    if (!ids.length) { return ""; }
    var query = "?runs=" + ids.map(encodeURIComponent).join(",");
    var left = ids.filter(table.isHidden);
    if (left.length) { query += "&hide=" + left.map(encodeURIComponent).join(","); }
    var base = baseline(ids);
    return base ? query + "&baseline=" + encodeURIComponent(base) : query;
  }

  callbacks.clear = function (clicks) {
    var api = table.grid();
    if (!clicks) { return table.nothing(); }
    setSelected([]);
    if (api) { api.deselectAll(); }
    return [];
  };

  // "Compare 3" and where it leads; a pinned run is what the others are compared with.
  callbacks.offer = function (stored, off, address) {
    var cause = table.causes();
    hidden = off || [];
    // Caused by a run that was hidden, the list of those that are chosen may be an old one.
    var ids = cause && cause.indexOf("experiments-selected") < 0 ? selected : stored || [];
    if (ids !== selected && told.indexOf(ids.join()) < 0) {
      setSelected(ids);
      showSelection();
    }
    var some = ids.slice(0, MOST_COMPARED);
    var why = ids.length > some.length ? "A comparison shows at most " + MOST_COMPARED + " runs: those that were selected first" : "";
    var none = ids.length === 0;
    return [
      compareWords(ids.length), address.split("?")[0] + compareQuery(some), why,
      "btn " + (none ? "btn-outline-primary" : "btn-primary"), none, none, ids.length.toLocaleString("en") + " selected"
    ];
  };

  // The swatch of a selected run is the one it has in the comparison.
  callbacks.paint = function (found, off) {
    var api = table.grid();
    looks = found || {};
    hidden = off || [];
    if (api) { api.refreshCells({ columns: ["name"], force: true }); }
    return table.nothing();
  };
})();
