// Connects the controls of the page.
(function () {
  "use strict";
  var charts = neuralCharts;

  function by(id) { return document.getElementById(id); }

  function said(text) { by("nr-status").textContent = text; }

  // ---- tables: a click on a head sorts by it, another turns the order round
  function key(row, column) {
    var cell = row.cells[column], value = cell.dataset.value;
    return value === undefined ? cell.textContent : value === "" ? null : Number(value);
  }

  function compare(a, b) {
    if (a === null || b === null) { return (a === null) - (b === null); }
    if (typeof a === "number" && typeof b === "number") { return isNaN(a) - isNaN(b) || a - b; }
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sortable(table) {
    table.querySelectorAll("thead th").forEach(function (head, column) {
      var button = head.querySelector("button");
      if (!button) { return; }
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var body = table.tBodies[0], rows = Array.from(body.rows);
        rows.sort(function (a, b) {
          var left = key(a, column), right = key(b, column), order = compare(left, right);
          return down && left !== null && right !== null ? -order : order;
        });
        body.append.apply(body, rows);
      });
    });
  }

  // ---- controls
  function themeButton() {
    var button = by("nr-theme");
    function name() { button.textContent = window.neuralTheme.inForce() === "dark" ? "Light theme" : "Dark theme"; }
    button.hidden = false;
    button.addEventListener("click", function () { window.neuralTheme.toggle(); });
    window.addEventListener("neural-theme", function () { name(); charts.redraw(); });
    name();
  }

  function search(metrics) {
    var words = by("nr-search").value.toLowerCase().split(/\s+/).filter(Boolean);
    var found = metrics.filter(function (name) {
      return words.every(function (word) { return name.toLowerCase().indexOf(word) >= 0; });
    });
    charts.build(by("nr-charts"), found);
    said(found.length > charts.MOST_CARDS
      ? "The first " + charts.MOST_CARDS + " of " + found.length + " metrics are drawn: search for others"
      : found.length ? "" : "No metric has such a name");
  }

  function controls(view) {
    var slider = by("nr-smoothing"), waiting = 0;
    slider.addEventListener("input", function () {
      by("nr-smoothing-value").textContent = Number(slider.value).toFixed(2);
      charts.state.smoothing = Number(slider.value);
      window.cancelAnimationFrame(waiting);
      waiting = window.requestAnimationFrame(charts.redraw);
    });
    by("nr-x").addEventListener("change", function (event) { charts.state.x = event.target.value; charts.redraw(); });
    by("nr-log").addEventListener("change", function (event) { charts.state.logY = event.target.checked; charts.redraw(); });
    by("nr-group").addEventListener("change", function (event) { charts.state.group = event.target.value; legend(view); charts.redraw(); });
    by("nr-search").addEventListener("input", function () { search(view.metrics); });
    charts.state.group = by("nr-group").value;
    document.querySelectorAll("input[data-run]").forEach(function (box) {
      box.addEventListener("change", function () {
        charts.state.hidden[box.checked ? "delete" : "add"](Number(box.dataset.run));
        charts.redraw();
      });
    });
  }

  // ---- what the lines are, when they are groups and not the runs of the table
  function legend(view) {
    var host = by("nr-legend"), grouping = view.groupings.find(function (one) { return one.key === charts.state.group; });
    host.replaceChildren();
    (grouping ? grouping.groups : []).forEach(function (group, number) {
      var one = document.createElement("li"), swatch = by("nr-group-swatches").content.querySelector("[data-look='" + group.look + "']").cloneNode(true);
      one.append(swatch, group.label + " (" + group.runs.length + ")");
      host.append(one);
    });
  }

  function print() {
    window.addEventListener("beforeprint", function () { window.neuralPrinting = true; charts.drawAll(); });
    window.addEventListener("afterprint", function () { window.neuralPrinting = false; charts.redraw(); });
  }

  function start() {
    document.querySelectorAll("table[data-sortable]").forEach(sortable);
    themeButton();
    if (!by("nr-charts")) { return; }
    if (!window.DecompressionStream) { said("This browser is too old to draw the curves; the tables are complete."); return; }
    said("Reading the data…");
    Promise.all([neuralData.load(), neuralData.run("neural-plotly")]).then(function (done) {
      var view = done[0].view;
      charts.use(done[0]);
      window.neuralReport = { data: done[0], numbers: neuralNumbers, charts: charts };
      by("nr-controls").disabled = false;
      controls(view);
      legend(view);
      search(view.metrics);
      print();
    }).catch(function (error) {
      said("The curves cannot be drawn: the file is damaged or was changed (" + error.message + ").");
      throw error;
    });
  }

  start();
})();
