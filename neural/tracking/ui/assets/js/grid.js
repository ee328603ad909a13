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

  function setProps(id, props) { window.dash_clientside.set_props(id, props); }

  var looks = {}; // of the selected runs: the classes of their swatches
  var hidden = []; // ids of runs that charts leave out
  var number = 0; // of what a row asks for, so that asking twice asks twice

  /* ---- cells: text nodes only, so a name of a run is never markup ------------ */

  function h(tag, props) {
    return window.React.createElement.apply(null, [tag, props].concat([].slice.call(arguments, 2)));
  }

  function drawing(name) { return h("span", { className: "aq-icon aq-icon-" + name, "aria-hidden": "true" }); }

  // The keys of the same letter press these, so they are no stops of their own.
  function tool(key, icon, words, on, press) {
    return h("button", {
      type: "button", tabIndex: -1, title: words + " (" + key + ")", "aria-label": words, "aria-pressed": on ? "true" : "false",
      className: "aq-row-tool" + (on ? " aq-row-tool-on" : ""), "data-row-key": key,
      onClick: function (event) { event.stopPropagation(); press(); }
    }, drawing(icon));
  }

  function swatch(run) {
    return h("span", { className: looks[run.id] || "aq-dot aq-slot-" + run.slot, "aria-hidden": "true" });
  }

  function act(name, id) {
    number += 1;
    setProps("experiments-act", { data: { act: name, id: id, number: number } });
  }

  function toggleHidden(id) {
    hidden = hidden.indexOf(id) < 0 ? hidden.concat(id) : hidden.filter(function (one) { return one !== id; });
    setProps("experiments-hidden", { data: hidden });
  }

  function toggleGroup(key) {
    var keys = opened.indexOf(key) < 0 ? opened.concat(key) : opened.filter(function (one) { return one !== key; });
    opened = keys;
    forget();
    var api = grid();
    if (api) { api.refreshInfiniteCache(); }
  }

  function groupName(group) {
    return h("span", { className: "aq-cell-line" },
      h("button", {
        type: "button", tabIndex: -1, className: "aq-row-tool aq-row-tool-on aq-group-toggle", "aria-expanded": group.open ? "true" : "false",
        "aria-label": (group.open ? "Close " : "Open ") + group.name, onClick: function (event) { event.stopPropagation(); toggleGroup(group.key); }
      }, drawing("chevron")),
      h("strong", { className: "aq-cell-text", title: group.name }, group.name),
      h("span", { className: "aq-cell-count" }, group.count + (group.count === 1 ? " run" : " runs")));
  }

  components.AquariumName = function (cell) {
    var run = cell.data;
    if (!run) { return null; }
    if (run.kind === "group") { return groupName(run); }
    var isHidden = hidden.indexOf(run.id) >= 0;
    return h("span", { className: "aq-cell-line aq-cell-name" + (run.kind === "member" ? " aq-cell-member" : "") + (isHidden ? " aq-cell-off" : "") },
      swatch(run),
      h("a", { href: run.href, className: "aq-cell-link", title: run.name, tabIndex: -1 }, run.name),
      run.group ? h("span", { className: "aq-cell-group", title: run.group }, run.group) : null,
      run.archived ? h("span", { className: "aq-cell-group" }, "archived") : null,
      run.problem ? h("span", { className: "aq-cell-problem", title: run.problem }, drawing("warning"), h("span", null, run.problem)) : null,
      h("span", { className: "aq-row-tools" },
        tool("e", "eye", isHidden ? "Show in charts" : "Hide in charts", isHidden, function () { toggleHidden(run.id); }),
        tool("p", "pin", run.pinned ? "Unpin" : "Pin to the top", run.pinned, function () { act("pin", run.id); })));
  };

  /* ---- cells that come later: trends, and values where another metric was best ------ */

  var known = {}; // by run and column: what was answered, and the stamp of the row it is of
  var wantedCells = null; // what was asked for and not answered yet
  var AT_ONCE = 12;

  function cellKey(id, column) { return id + "\u0000" + column; }

  function slowCell(cell) {
    if (!cell.data || cell.data.kind === "group") { return null; }
    return known[cellKey(cell.data.id, cell.colDef.field)] || null;
  }

  components.AquariumTrend = function (cell) {
    var found = slowCell(cell);
    if (!found || !found.path) { return null; }
    return h("svg", { viewBox: "-1 -1 102 22", preserveAspectRatio: "none", className: "aq-trend aq-slot-" + cell.data.slot, role: "img", "aria-label": found.full },
      h("title", null, found.full),
      h("path", { d: found.path, fill: "none", stroke: "currentColor", strokeWidth: 1.5, strokeLinejoin: "round", vectorEffect: "non-scaling-stroke" }));
  };

  components.AquariumSlow = function (cell) {
    var found = slowCell(cell);
    return found ? h("span", { title: found.full }, found.text) : null;
  };

  function slowColumns(api) {
    return (api.getColumns() || []).map(function (column) { return column.getColDef(); })
      .filter(function (def) { return def.cellRenderer === "AquariumTrend" || def.cellRenderer === "AquariumSlow"; })
      .map(function (def) { return def.field; });
  }

  function lookForCells() {
    var api = grid();
    if (!api || api.isDestroyed() || wantedCells || open) { return; }
    var columns = slowColumns(api);
    var last = api.getLastDisplayedRowIndex();
    var ids = [];
    for (var i = api.getFirstDisplayedRowIndex(); columns.length && i >= 0 && i <= last && ids.length < AT_ONCE; i += 1) {
      var node = api.getDisplayedRowAtIndex(i);
      var run = node && node.data;
      if (run && run.kind !== "group" && columns.some(function (column) {
        var found = known[cellKey(run.id, column)];
        return !found || found.stamp !== run.stamp;
      })) { ids.push(run.id); }
    }
    if (!ids.length) { return; }
    number += 1;
    wantedCells = { number: number, ids: ids, keys: columns, since: Date.now() };
    setProps("experiments-slow-request", { data: { number: number, ids: ids, keys: columns } });
  }

  var looking = 0;

  function lookSoon() {
    window.clearTimeout(looking);
    looking = window.setTimeout(lookForCells, 60);
  }

  functions.aquariumLook = lookSoon;

  function keepCells(answer) {
    var api = grid();
    if (!api || !wantedCells || wantedCells.number !== answer.number) { return; }
    var asked = wantedCells;
    wantedCells = null;
    var nodes = [];
    asked.ids.forEach(function (id) {
      var node = api.getRowNode(id);
      var cells = answer.cells[id] || {};
      asked.keys.forEach(function (column) {
        // A run that is gone has no answer; it is not asked for again until it changes.
        known[cellKey(id, column)] = Object.assign({ text: "", full: "", stamp: node && node.data && node.data.stamp }, cells[column]);
      });
      if (node) { nodes.push(node); }
    });
    api.refreshCells({ rowNodes: nodes, columns: asked.keys, force: true });
    lookForCells();
  }

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

  functions.aquariumTagsText = function (params) { return (params.value || []).join(", "); };

  // Tags with a comma in them stay whole as long as nobody changes them.
  functions.aquariumParseTags = function (params) {
    var text = String(params.newValue || "");
    var whole = (params.oldValue || []).filter(function (tag) { return tag.indexOf(",") >= 0 && text.indexOf(tag) >= 0; });
    whole.forEach(function (tag) { text = text.replace(tag, function () { return ""; }); });
    return whole.concat(text.split(",").map(function (tag) { return tag.trim(); }).filter(Boolean));
  };

  function isRun(node) { return Boolean(node && node.data && node.id !== undefined && !node.stub && node.data.kind !== "group"); }

  // A row that is on its way counts as a run: the table would take its mark away, and complain.
  functions.aquariumIsRun = function (params) {
    var data = params.data || (params.node && params.node.data);
    return !data || data.kind !== "group";
  };
  functions.aquariumEditable = function (params) { return isRun(params.node); };

  // Letters are commands, and Enter on a name follows it; F2 begins an edit everywhere.
  functions.aquariumIsCommand = function (params) {
    if (params.editing) { return false; }
    var key = params.event.key;
    return (key.length === 1 && key !== " ") || (key === "Enter" && params.column.getColId() === "name");
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

  functions.aquariumId = function (params) { return params.data && params.data.kind !== "group" ? params.value : ""; };

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
  var opened = []; // keys of the groups that are open
  var open = null; // what was asked for and not answered yet
  var queue = [];

  var early = null; // the first block after another filter, asked for before the table does
  var lastSort = [];
  var BLOCK = 100;

  function forget() {
    open = null;
    early = null;
    queue = [];
  }

  function request(start, end, sortModel) {
    asked += 1;
    setProps(REQUEST, { data: { number: asked, startRow: start, endRow: end, sortModel: sortModel, open: opened } });
    return asked;
  }

  function keys(model) { return model.map(function (key) { return (key.sort === "desc" ? "-" : "") + key.colId; }); }
  function sortText(texts) { return (texts || []).join("\u0000"); }

  function askEarly() {
    early = { number: request(0, BLOCK, lastSort), sort: sortText(keys(lastSort)), params: null, answer: null };
  }

  // The table is told only now: cleared at once it would draw empty rows first, and that takes
  // longer than the server does.
  function renew() {
    var api = grid();
    if (!api) { return; }
    if (api.getDisplayedRowCount() > 0) { api.ensureIndexVisible(0); }
    if (Object.keys(api.getCacheBlockState()).length > 1) { api.purgeInfiniteCache(); }
    else { api.refreshInfiniteCache(); }
  }

  function deliverEarly() {
    if (!early.params || !early.answer) { return; }
    var found = early;
    early = null;
    found.params.successCallback(found.answer.rowData, found.answer.rowCount);
    ask();
    lookSoon();
    // Only now what can wait: the figures, the number of matches.
    setProps("experiments-settled", { data: found.number });
  }

  function ask() {
    if (open || early || !queue.length) { return; }
    var params = queue.shift();
    open = { params: params };
    open.number = request(params.startRow, params.endRow, params.sortModel);
  }

  function sameSort(one, other) {
    return JSON.stringify(one.sortModel) === JSON.stringify(other.sortModel);
  }

  var source = {
    getRows: function (params) {
      // Sorted anew: nobody waits for rows in the old order.
      lastSort = params.sortModel;
      if (early && early.sort !== sortText(keys(lastSort))) { forget(); }
      if (early && params.startRow === 0) {
        early.params = params;
        deliverEarly();
        return;
      }
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
  var isSelected = {};

  function setSelected(ids) {
    selected = ids;
    isSelected = Object.create(null);
    ids.forEach(function (id) { isSelected[id] = true; });
  }

  // What a person or a key did. Rows that are read again or left out lose their mark too, but
  // that changes nothing about what was chosen.
  var CHOSEN_BY = ["checkboxSelected", "rowClicked", "spaceKey", "api"];
  var telling = 0;

  functions.aquariumSelected = function (event) {
    if (!isRun(event.node) || CHOSEN_BY.indexOf(event.source) < 0) { return; }
    var id = event.node.id;
    var on = event.node.isSelected();
    if (on === Boolean(isSelected[id])) { return; }
    setSelected(on ? selected.concat(id) : selected.filter(function (one) { return one !== id; }));
    window.clearTimeout(telling);
    telling = window.setTimeout(function () { setProps("experiments-selected", { data: tell(selected) }); }, 0);
  };

  // Every block that arrives gets back what was selected in it.
  functions.aquariumRestore = function (event) {
    event.api.forEachNode(function (node) {
      if (isRun(node) && !node.isSelected() && isSelected[node.id]) { node.setSelected(true); }
    });
    lookSoon();
  };

  // Lists that came from the table itself: by the time one of them comes back, the next row may
  // have been chosen already, and showing it would take that row out again.
  var told = [];

  function tell(ids) {
    told = told.slice(-9).concat(ids.join());
    return ids;
  }

  // What was chosen elsewhere: all that match, or fewer after some were thrown away.
  function showSelection() {
    var api = grid();
    if (!api) { return; }
    api.forEachNode(function (node) {
      if (isRun(node) && node.isSelected() !== Boolean(isSelected[node.id])) { node.setSelected(Boolean(isSelected[node.id])); }
    });
  }

  /* ---- the run that is looked at beside the table -------------------------------- */

  functions.aquariumFocus = function (event) {
    if (event.rowIndex === null || event.rowIndex === undefined) { return; }
    var node = event.api.getDisplayedRowAtIndex(event.rowIndex);
    if (isRun(node)) { setProps("experiments-focus", { data: node.id }); }
  };

  /* ---- density: a choice of the browser that an address may carry ---------------- */

  function density() { return document.documentElement.getAttribute("data-density"); }

  new MutationObserver(function () {
    if (document.getElementById(GRID)) { setProps("experiments-density", { data: density() }); }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-density"] });

  functions.aquariumKey = function (event) {
    var key = event.event && event.event.key;
    if (key !== "Enter" || !event.data || event.column.getColId() !== "name") { return; }
    if (event.data.kind === "group") { toggleGroup(event.data.key); return; }
    var cell = event.event.target.closest("[role=gridcell]");
    var link = cell && cell.querySelector("a[href]");
    if (link) { link.click(); }
  };

  var MOST_COMPARED = 100; // more do not fit into an address, nor on a chart

  function baseline(ids) {
    var api = grid();
    return ids.find(function (id) {
      var node = api && api.getRowNode(id);
      return node && node.data && node.data.pinned;
    });
  }

  function nothing() { return window.dash_clientside.no_update; }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.aquariumGrid = {
    clear: function (clicks) {
      var api = grid();
      if (!clicks) { return nothing(); }
      setSelected([]);
      if (api) { api.deselectAll(); }
      return [];
    },

    // "Compare 3" and where it leads; a pinned run is what the others are compared with.
    offer: function (stored, off, address) {
      var cause = window.dash_clientside.callback_context.triggered.map(function (t) { return t.prop_id; }).join();
      hidden = off || [];
      // Caused by a run that was hidden, the list of those that are chosen may be an old one.
      var ids = cause && cause.indexOf("experiments-selected") < 0 ? selected : stored || [];
      if (ids !== selected && told.indexOf(ids.join()) < 0) {
        setSelected(ids);
        showSelection();
      }
      var some = ids.slice(0, MOST_COMPARED);
      var text = ids.length ? "Compare " + some.length : "Compare";
      var page = address.split("?")[0];
      var query = some.length ? "?runs=" + some.map(encodeURIComponent).join(",") : "";
      var off_ = some.filter(function (id) { return hidden.indexOf(id) >= 0; });
      if (off_.length) { query += "&hide=" + off_.map(encodeURIComponent).join(","); }
      var base = baseline(some);
      if (base) { query += "&baseline=" + encodeURIComponent(base); }
      var look = "btn " + (ids.length ? "btn-primary" : "btn-outline-primary");
      var none = ids.length === 0;
      return [text, page + query, look, none, none, ids.length.toLocaleString("en") + " selected"];
    },

    attach: function (id, wantedDensity, first, sort) {
      forget(); // what a table asked for that is gone
      wantedCells = null;
      opened = [];
      told = [];
      // The first block came with the page.
      if (first) { early = { number: 0, sort: sortText(sort), params: null, answer: first }; }
      if (wantedDensity && wantedDensity !== density()) { window.aquariumTheme.toggleDensity(); }
      window.dash_ag_grid.getApiAsync(id).then(function (api) { attach(api, 120); });
      return nothing();
    },

    answer: function (answer) {
      if (answer && early && early.number === answer.number) {
        early.answer = answer;
        renew();
        return nothing();
      }
      if (!answer || !open || open.number !== answer.number) { return nothing(); }
      var params = open.params;
      open = null;
      params.successCallback(answer.rowData, answer.rowCount);
      ask();
      lookSoon();
      return nothing();
    },

    slow: function (answer) {
      if (answer) { keepCells(answer); }
      return nothing();
    },

    // The swatch of a selected run is the one it has in the comparison.
    paint: function (found, off) {
      var api = grid();
      looks = found || {};
      hidden = off || [];
      if (api) { api.refreshCells({ columns: ["name"], force: true }); }
      return nothing();
    },

    top: function (clicks) {
      var api = grid();
      if (clicks && api && api.getDisplayedRowCount() > 0) { api.ensureIndexVisible(0); }
      return nothing();
    },

    // Another filter: from the top. The same filter and new data: in place.
    reread: function () {
      var api = grid();
      var cause = window.dash_clientside.callback_context.triggered.map(function (t) { return t.prop_id; }).join();
      if (!api || !cause) { return nothing(); }
      forget();
      if (/experiments-(filter|group|options)/.test(cause)) {
        askEarly();
      } else {
        api.refreshInfiniteCache();
      }
      return nothing();
    }
  };
})();
