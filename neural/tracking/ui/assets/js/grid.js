/* The browser's side of the table of runs: how cells look, what is selected, when blocks are read again. */
(function () {
  "use strict";

  var GRID = "experiments-grid";
  var TIMES = ["created", "duration"];
  var SLOW_MS = 10000; // between two looks at the clock

  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  function grid() {
    // Throws while the page, and with it the table, is not there.
    try { return window.dash_ag_grid.getApi(GRID); } catch (error) { return null; }
  }

  var looks = {}; // of the selected runs: the classes of their swatches

  /* ---- cells: text nodes only, so a name of a run is never markup ------------ */

  function h(tag, props) {
    return window.React.createElement.apply(null, [tag, props].concat([].slice.call(arguments, 2)));
  }

  function drawing(name) { return h("span", { className: "aq-icon aq-icon-" + name, "aria-hidden": "true" }); }

  components.AquariumName = function (cell) {
    var run = cell.data;
    if (!run) { return null; }
    var link = h("a", { href: run.href, className: "aq-cell-link", title: run.name, tabIndex: -1 }, run.name);
    var look = looks[run.id];
    if (look) {
      link = h("span", { className: "aq-cell-line" }, h("span", { className: look, "aria-hidden": "true" }), link);
    }
    if (!run.problem) {
      return run.group ? h("span", { className: "aq-cell-line" }, link, h("span", { className: "aq-cell-group", title: run.group }, run.group)) : link;
    }
    return h("span", { className: "aq-cell-line" },
      link,
      h("span", { className: "aq-cell-problem", title: run.problem }, drawing("warning"), h("span", null, run.problem)));
  };

  components.AquariumStatus = function (cell) {
    var run = cell.data;
    if (!run) { return null; }
    return h("span", { className: "aq-badge aq-badge-" + run.look[0] }, drawing(run.look[1]), h("span", null, run.status));
  };

  components.AquariumTags = function (cell) {
    return h("span", { className: "aq-cell-tags" }, (cell.value || []).map(function (tag) {
      return h("span", { key: tag, className: "aq-badge aq-badge-tag", title: tag }, h("span", null, tag));
    }));
  };

  /* ---- times: reckoned here, since they change while nothing else does ------- */

  var UNITS = [["d", 86400], ["h", 3600], ["min", 60]];

  function largest(seconds) {
    for (var i = 0; i < UNITS.length; i += 1) {
      if (seconds >= UNITS[i][1]) { return Math.floor(seconds / UNITS[i][1]) + " " + UNITS[i][0]; }
    }
    return Math.floor(seconds) + " s";
  }

  function span(seconds) {
    var whole = Math.floor(seconds);
    function two(n) { return (n < 10 ? "0" : "") + n; }
    if (seconds < 60) { return (seconds < 10 ? Math.round(seconds * 10) / 10 : whole) + " s"; }
    if (whole < 3600) { return Math.floor(whole / 60) + " min " + two(whole % 60) + " s"; }
    if (whole < 86400) { return Math.floor(whole / 3600) + " h " + two(Math.floor((whole % 3600) / 60)) + " min"; }
    return Math.floor(whole / 86400) + " d " + two(Math.floor((whole % 86400) / 3600)) + " h";
  }

  functions.aquariumAgo = function (params) {
    if (params.value === null || params.value === undefined) { return ""; }
    var passed = Date.now() / 1000 - params.value;
    return passed < 2 ? "just now" : largest(passed) + " ago";
  };

  functions.aquariumSpan = function (params) {
    var run = params.data;
    if (!run || run.duration === null || run.duration === undefined) { return ""; }
    var running = run.status === "running" && run.created !== null;
    return span(running ? Math.max(0, Date.now() / 1000 - run.created) : run.duration);
  };

  functions.aquariumWhen = function (params) {
    return params.data ? params.data.when : "";
  };

  functions.aquariumFull = function (params) {
    return params.data && params.data.full ? params.data.full[params.colDef.field] : "";
  };

  window.setInterval(function () {
    var api = document.hidden ? null : grid();
    if (api && !api.isDestroyed()) { api.refreshCells({ columns: TIMES }); }
  }, SLOW_MS);

  /* ---- look: our colours by name, so that a change of theme needs no new table - */

  functions.aquariumTheme = function (base) {
    return base.withParams({
      accentColor: "var(--aq-accent)",
      backgroundColor: "var(--aq-panel)",
      borderColor: "var(--aq-hairline)",
      browserColorScheme: "inherit",
      cellHorizontalPadding: 9,
      checkboxUncheckedBorderColor: "var(--aq-border)",
      chromeBackgroundColor: "var(--aq-panel)",
      fontFamily: "var(--aq-font)",
      fontSize: 13,
      foregroundColor: "var(--aq-text)",
      headerColumnResizeHandleHeight: 12,
      headerFontSize: 12,
      headerFontWeight: 600,
      headerHeight: "var(--aq-row)",
      headerTextColor: "var(--aq-muted)",
      rowHeight: "var(--aq-row)",
      rowHoverColor: "var(--aq-hover)",
      selectedRowBackgroundColor: "var(--aq-selected)",
      spacing: 5,
      wrapperBorderRadius: "var(--aq-radius-card)"
    });
  };

  /* ---- rows: asked for by number, one block at a time ---------------------------------
     The component's own way keeps one request in mind and gives the next answer to it,
     whichever it was; a filter that changes while rows are on the way leaves it waiting. */

  var REQUEST = "experiments-request";
  var asked = 0;
  var open = null; // what was asked for and not answered yet
  var queue = [];

  function forget() {
    open = null;
    queue = [];
  }

  function ask() {
    if (open || !queue.length) { return; }
    var params = queue.shift();
    asked += 1;
    open = { number: asked, params: params };
    window.dash_clientside.set_props(REQUEST, {
      data: {
        number: asked,
        startRow: params.startRow,
        endRow: params.endRow,
        sortModel: params.sortModel
      }
    });
  }

  function sameSort(one, other) {
    return JSON.stringify(one.sortModel) === JSON.stringify(other.sortModel);
  }

  var source = {
    getRows: function (params) {
      // Sorted anew: nobody waits for rows in the old order.
      if (open && !sameSort(open.params, params)) { forget(); }
      queue.push(params);
      ask();
    }
  };

  function attach(api, frames) {
    if (api.isDestroyed()) { return; }
    var present = api.getGridOption("datasource");
    if (present && present !== source) { api.setGridOption("datasource", source); }
    if (frames > 0) { window.requestAnimationFrame(function () { attach(api, frames - 1); }); }
  }

  /* ---- selection: a list of ids, because rows that are not loaded count too ---- */

  var selected = [];

  function merged(stored) {
    var api = grid();
    if (!api) { return stored; }
    var ids = stored.slice();
    api.forEachNode(function (node) {
      if (!node.data) { return; } // not loaded: what was said of it stays
      var at = ids.indexOf(node.id);
      if (node.isSelected() && at < 0) { ids.push(node.id); }
      if (!node.isSelected() && at >= 0) { ids.splice(at, 1); }
    });
    return ids;
  }

  // Every block that arrives gets back what was selected in it.
  functions.aquariumRestore = function (event) {
    event.api.forEachNode(function (node) {
      if (node.data && !node.isSelected() && selected.indexOf(node.id) >= 0) { node.setSelected(true); }
    });
  };

  functions.aquariumKey = function (event) {
    var key = event.event && event.event.key;
    if (key !== "Enter" || !event.data) { return; }
    var cell = event.event.target.closest("[role=gridcell]");
    var link = cell && cell.querySelector("a[href]");
    if (link) { link.click(); }
  };

  function nothing() { return window.dash_clientside.no_update; }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.aquariumGrid = {
    // The grid says what is selected among the loaded rows.
    select: function (rows, stored) {
      var before = stored || [];
      if (!rows) { selected = before; return nothing(); }
      var ids = merged(before);
      selected = ids;
      return ids.join() === before.join() ? nothing() : ids;
    },

    clear: function (clicks) {
      var api = grid();
      if (!clicks) { return nothing(); }
      selected = [];
      if (api) { api.deselectAll(); }
      return [];
    },

    // "Compare 3" and where it leads.
    offer: function (stored, address) {
      var ids = stored || [];
      selected = ids;
      var text = ids.length ? "Compare " + ids.length : "Compare";
      var page = address.split("?")[0];
      var query = ids.length ? "?runs=" + ids.map(encodeURIComponent).join(",") : "";
      var look = "btn " + (ids.length ? "btn-primary" : "btn-outline-primary");
      return [text, page + query, look, ids.length === 0];
    },

    attach: function (id) {
      forget(); // what a table asked for that is gone
      window.dash_ag_grid.getApiAsync(id).then(function (api) { attach(api, 120); });
      return nothing();
    },

    answer: function (answer) {
      if (!answer || !open || open.number !== answer.number) { return nothing(); }
      var params = open.params;
      open = null;
      params.successCallback(answer.rowData, answer.rowCount);
      ask();
      return nothing();
    },

    // The swatch of a selected run is the one it has in the comparison.
    paint: function (found) {
      var api = grid();
      looks = found || {};
      if (api) { api.refreshCells({ columns: ["name"], force: true }); }
      return nothing();
    },

    // Another filter: from the top. The same filter and new data: in place.
    reread: function (filter, live) {
      var api = grid();
      var cause = window.dash_clientside.callback_context.triggered.map(function (t) { return t.prop_id; }).join();
      if (!api || !cause) { return nothing(); }
      forget();
      if (cause.indexOf("experiments-filter") >= 0) {
        if (api.getDisplayedRowCount() > 0) { api.ensureIndexVisible(0); }
        api.purgeInfiniteCache();
      } else {
        api.refreshInfiniteCache();
      }
      return nothing();
    }
  };
})();
