/* The table of runs: finds it, and gives it its rows. What is in the cells, what is selected and how it looks have files of their own. */
(function () {
  "use strict";

  var table = (window.aquariumTable = window.aquariumTable || {});
  var callbacks = ((window.dash_clientside = window.dash_clientside || {}).aquariumGrid = window.dash_clientside.aquariumGrid || {});

  var GRID = "experiments-grid";

  table.grid = function () {
    // Throws while the page, and with it the table, is not there.
    try { return window.dash_ag_grid.getApi(GRID); } catch (error) { return null; }
  };

  table.setProps = function (id, props) { window.dash_clientside.set_props(id, props); };
  table.nothing = function () { return window.dash_clientside.no_update; };
  table.causes = function () {
    return window.dash_clientside.callback_context.triggered.map(function (t) { return t.prop_id; }).join();
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

  table.isWaiting = function () { return open !== null; };

  function forget() {
    open = null;
    early = null;
    queue = [];
  }

  function request(start, end, sortModel) {
    asked += 1;
    table.setProps(REQUEST, { data: { number: asked, startRow: start, endRow: end, sortModel: sortModel, open: opened } });
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
    var api = table.grid();
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
    table.lookSoon();
    // Only now what can wait: the figures, the number of matches. The page came with the first ones.
    if (found.number) { table.setProps("experiments-settled", { data: found.number }); }
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

  table.toggleGroup = function (key) {
    opened = opened.indexOf(key) < 0 ? opened.concat(key) : opened.filter(function (one) { return one !== key; });
    forget();
    var api = table.grid();
    if (api) { api.refreshInfiniteCache(); }
  };

  /* ---- density: a choice of the browser that an address may carry ---------------- */

  function density() { return document.documentElement.getAttribute("data-density"); }

  new MutationObserver(function () {
    if (document.getElementById(GRID)) { table.setProps("experiments-density", { data: density() }); }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-density"] });

  /* ---- what the callbacks of the page call ---------------------------------------- */

  callbacks.attach = function (id, wantedDensity, first, sort, widths) {
    forget(); // what a table asked for that is gone
    opened = [];
    table.forgetCells();
    table.forgetTold();
    table.setWidths(widths);
    // The first block came with the page.
    if (first) { early = { number: 0, sort: sortText(sort), params: null, answer: first }; }
    if (wantedDensity && wantedDensity !== density()) { window.aquariumTheme.toggleDensity(); }
    window.dash_ag_grid.getApiAsync(id).then(function (api) { attach(api, 120); });
    return table.nothing();
  };

  callbacks.answer = function (answer) {
    if (answer && early && early.number === answer.number) {
      early.answer = answer;
      renew();
      return table.nothing();
    }
    if (!answer || !open || open.number !== answer.number) { return table.nothing(); }
    var params = open.params;
    open = null;
    params.successCallback(answer.rowData, answer.rowCount);
    ask();
    table.lookSoon();
    return table.nothing();
  };

  callbacks.top = function (clicks) {
    var api = table.grid();
    if (clicks && api && api.getDisplayedRowCount() > 0) { api.ensureIndexVisible(0); }
    return table.nothing();
  };

  // Another filter: from the top. The same filter and new data: in place.
  callbacks.reread = function () {
    var api = table.grid();
    var cause = table.causes();
    if (!api || !cause) { return table.nothing(); }
    forget();
    if (/experiments-(filter|group|options)/.test(cause)) { askEarly(); } else { api.refreshInfiniteCache(); }
    return table.nothing();
  };
})();
