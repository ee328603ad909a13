/* The charts of the Explore page: what each gives away, by the menu of the chart boards. */
(function () {
  "use strict";

  var asked = 0;

  function tools() { return window.aquariumBoard.menu; }

  function graphOf(card) {
    var graph = card.querySelector(".js-plotly-plot");
    return graph && graph._fullLayout ? graph : null;
  }

  function nameOf(card, ending) { return card.dataset.title.replace(/[^\w.-]+/g, "_") + "." + ending; }

  // A picture has the name of what it shows; tools().picture() takes that from the metric of a card.
  function named(card) { return { dataset: { metric: card.dataset.title } }; }

  /* ---- values on screen ------------------------------------------------------------- */

  function list(values) { return values ? Array.from(values._inputArray || values) : []; }

  // Every mark, line and bar of the chart: which trace, where, how high, and of cells how much.
  function marks(graph) {
    var rows = [["trace", "x", "y", "z"]];
    graph._fullData.forEach(function (trace) {
      var name = trace.name && !/^trace \d+$/.test(trace.name) ? trace.name : trace.uid || "";
      var x = list(trace.x), y = list(trace.y);
      if (trace.z) {
        list(trace.z).forEach(function (row, i) {
          list(row).forEach(function (z, j) { rows.push([name, x[j], y[i], z]); });
        });
        return;
      }
      y.forEach(function (value, i) { rows.push([name, x[i], value, ""]); });
    });
    return rows;
  }

  function plain(value) {
    if (value === null || value === undefined || (typeof value === "number" && !isFinite(value))) { return ""; }
    return value;
  }

  function drawnCsv(graph) {
    return marks(graph).map(function (row) { return row.map(plain).map(tools().cell).join(","); }).join("\n") + "\n";
  }

  function ask(card, what) {
    asked += 1;
    window.dash_clientside.set_props("explore-ask", { data: { chart: card.dataset.explore, what: what, number: asked } });
  }

  function menu(card) {
    var graph = graphOf(card);
    var dialog;
    function act(label, run) {
      var button = tools().make("button", { type: "button", className: "btn btn-outline-primary btn-sm", textContent: label });
      button.disabled = !graph;
      button.addEventListener("click", function () { dialog.close(); run(); });
      return button;
    }
    dialog = tools().open(card.dataset.title, tools().make("div", { className: "aq-chart-exports" }, [
      act("PNG", function () { tools().picture(named(card), graph, "png"); }),
      act("SVG", function () { tools().picture(named(card), graph, "svg"); }),
      act("CSV, as drawn", function () { tools().save(nameOf(card, "drawn.csv"), drawnCsv(graph), "text/csv"); }),
      act("CSV of the runs", function () { ask(card, "csv"); }),
      act("JSON figure", function () { tools().save(nameOf(card, "json"), tools().figureJson(graph), "application/json"); }),
      act("Copy as Python", function () { ask(card, "python"); })
    ]));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest('[data-act="explore"]');
    if (button) { menu(button.closest("[data-explore]")); }
  });
})();
