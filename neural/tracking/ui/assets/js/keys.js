/* Keys of the application; ui/keys.py says what they are and how a page takes part. */
(function () {
  "use strict";

  var GO_MS = 1500; // so long a "g" waits for the letter of a page
  var SMOOTHING_STEP = 0.05;
  var MOST_SMOOTHING = 0.999;

  function app() { return window.aquarium; }

  function typing(target) {
    return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], [role=textbox], [role=combobox], dialog");
  }

  function visible(element) { return element && element.getClientRects().length > 0 && !element.disabled; }

  function first(selector) {
    return [].slice.call(document.querySelectorAll(selector)).find(visible) || null;
  }

  function use(element) {
    if (!element) { return false; }
    var field = element.matches("input, select, textarea") ? element : element.querySelector("[role=slider], input, select, textarea");
    if (field && !element.matches("button, a")) { field.focus(); } else { element.click(); }
    return true;
  }

  /* ---- rows of a table ------------------------------------------------------- */

  function grid() {
    var root = document.activeElement.closest(".ag-root") || first(".ag-root");
    var owner = root && root.closest("[id]");
    // Throws while the table is not there.
    try { return owner ? window.dash_ag_grid.getApi(owner.id) : null; } catch (error) { return null; }
  }

  function move(step) {
    var api = grid();
    if (!api || !api.getDisplayedRowCount()) { return false; }
    var cell = api.getFocusedCell();
    var inside = cell && document.activeElement.closest(".ag-root");
    var row = inside ? cell.rowIndex + step : 0;
    row = Math.max(0, Math.min(api.getDisplayedRowCount() - 1, row));
    api.ensureIndexVisible(row);
    api.setFocusedCell(row, inside ? cell.column : api.getAllDisplayedColumns()[0]);
    return true;
  }

  function inRow(act) {
    var api = grid();
    var cell = api && !api.isDestroyed() && api.getFocusedCell();
    return Boolean(cell && act(api, cell));
  }

  function select() {
    return inRow(function (api, cell) {
      var node = api.getDisplayedRowAtIndex(cell.rowIndex);
      if (!node) { return false; }
      node.setSelected(!node.isSelected());
      return true;
    });
  }

  function pressInRow(key) {
    return inRow(function (api, cell) {
      var pinned = cell.rowPinned ? cell.rowPinned[0] + "-" : "";
      return use(first('.ag-row[row-index="' + pinned + cell.rowIndex + '"] [data-row-key="' + key + '"]'));
    });
  }

  /* ---- smoothing and charts ----------------------------------------------------- */

  function smoothing() {
    var handle = first('[id$="-smoothing"] [role=slider], [data-key="s"] [role=slider]');
    return handle && { handle: handle, owner: handle.closest('[id$="-smoothing"]') };
  }

  function smooth(step) {
    var found = smoothing();
    if (!found || !found.owner) { return false; }
    var value = Number(found.handle.getAttribute("aria-valuenow")) + step * SMOOTHING_STEP;
    value = Math.round(1000 * Math.max(0, Math.min(MOST_SMOOTHING, value))) / 1000;
    app().setProps(found.owner.id, { value: value });
    return true;
  }

  function focusSmoothing() {
    var found = smoothing();
    if (found) { found.handle.focus(); }
    return Boolean(found);
  }

  function fullScreen() {
    if (document.fullscreenElement) { document.exitFullscreen(); return true; }
    var chart = document.querySelector(".aq-chart:hover, .aq-graph:hover") ||
      document.activeElement.closest(".aq-chart, .aq-graph");
    if (!chart) { return false; }
    chart.requestFullscreen();
    return true;
  }

  document.addEventListener("fullscreenchange", function () {
    window.requestAnimationFrame(function () { window.dispatchEvent(new Event("resize")); });
  });

  /* ---- one table of keys ---------------------------------------------------------- */

  function filter() {
    var field = first("[data-filter] input, input[data-filter], #run-logs-find");
    if (field) { field.focus(); }
    return Boolean(field);
  }

  var KEYS = {
    "?": function () { app().actions.help(); return true; },
    "/": filter,
    "t": function () { app().actions.theme(); return true; },
    "r": function () { app().actions.refresh(); return true; },
    "j": function () { return move(1); },
    "k": function () { return move(-1); },
    "x": select,
    "e": function () { return pressInRow("e"); },
    "p": function () { return pressInRow("p"); },
    "s": focusSmoothing,
    "[": function () { return smooth(-1); },
    "]": function () { return smooth(1); },
    "f": fullScreen
  };

  var went = 0; // when "g" was pressed

  function go(key) {
    var link = document.querySelector('[data-page-key="' + CSS.escape(key) + '"] a');
    if (link) { link.click(); }
    return Boolean(link);
  }

  // Before a table sees the key: a letter on a cell that can be edited would begin to edit it.
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    if (document.documentElement.dataset.keys === "off" || typing(event.target)) { return; }
    var done;
    if (went && Date.now() - went < GO_MS) {
      went = 0;
      done = go(event.key);
    } else if (event.key === "g") {
      went = Date.now();
      done = true;
    } else {
      var known = Object.prototype.hasOwnProperty.call(KEYS, event.key) && KEYS[event.key];
      done = use(first('[data-key="' + CSS.escape(event.key) + '"]')) || (known && known());
    }
    if (done) { event.preventDefault(); event.stopPropagation(); }
  }, true);
})();
