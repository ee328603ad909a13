/* What the charts beside the boards give away (Explore, and the tabs of Compare): files, code, the same as a table. */
(function () {
  "use strict";

  var MOST_ROWS = 500; // of a table on the page; a file has all of them

  var asked = 0;

  function tools() { return window.aquariumBoard.menu; }

  function graphOf(card) {
    var graph = card.querySelector(".js-plotly-plot");
    return graph && graph._fullLayout ? graph : null;
  }

  function nameOf(title, ending) { return title.replace(/[^\w.-]+/g, "_") + "." + ending; }

  // A picture has the name of what it shows; tools().picture() takes that from the metric of a card.
  function named(title) { return { dataset: { metric: title } }; }

  /* ---- values on screen ------------------------------------------------------------- */

  function list(values) { return values ? Array.from(values._inputArray || values) : []; }

  function plainText(markup) {
    return new DOMParser().parseFromString(String(markup).split("<br>")[0], "text/html").body.textContent;
  }

  // Names along an axis are places with a text each.
  function placed(graph, trace, letter, value) {
    var axis = graph._fullLayout[(trace[letter + "axis"] || letter).replace(letter, letter + "axis")];
    var places = axis && axis.tickmode === "array" ? list(axis.tickvals) : [];
    var at = places.indexOf(value);
    return at < 0 ? value : plainText(axis.ticktext[at]);
  }

  function traceName(trace) {
    return trace.name && !/^trace \d+$/.test(trace.name) ? plainText(trace.name) : trace.uid || "";
  }

  function boxRows(graph, trace) {
    var parts = [["lowerfence", "whisker below"], ["q1", "lower quartile"], ["median", "median"],
      ["q3", "upper quartile"], ["upperfence", "whisker above"], ["mean", "mean"]];
    var rows = [];
    list(trace.x).forEach(function (x, i) {
      parts.forEach(function (part) {
        var values = list(trace[part[0]]);
        if (values.length) { rows.push([part[1], placed(graph, trace, "x", x), values[i], ""]); }
      });
    });
    return rows;
  }

  // Every mark, line and bar of the chart: what it is of, where, how high, and of cells how much.
  function marks(graph) {
    var rows = [["of", "x", "y", "z"]];
    graph._fullData.forEach(function (trace) {
      var name = traceName(trace);
      var x = list(trace.x), y = list(trace.y), texts = list(trace.text);
      if (trace.type === "box" && trace.q1) { rows = rows.concat(boxRows(graph, trace)); return; }
      if (trace.z) {
        list(trace.z).forEach(function (row, i) {
          list(row).forEach(function (z, j) {
            rows.push([name, placed(graph, trace, "x", x[j]), placed(graph, trace, "y", y[i]), z]);
          });
        });
        return;
      }
      y.forEach(function (value, i) {
        var of = texts.length === y.length && trace.mode === "markers" ? plainText(texts[i]) : name;
        rows.push([of, placed(graph, trace, "x", x[i]), placed(graph, trace, "y", value), ""]);
      });
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

  function shortened(value) {
    var text = plain(value);
    return typeof text === "number" ? String(Number(text.toPrecision(6))) : String(text);
  }

  function table(title, graph, note) {
    var make = tools().make;
    var rows = marks(graph);
    var head = rows.shift();
    var used = head.map(function (_, place) { return rows.some(function (row) { return row[place] !== ""; }); });
    function line(cells, name) {
      return make("tr", {}, cells.filter(function (_, place) { return used[place]; }).map(function (cell, place) {
        var one = make(place ? name : "th", { textContent: shortened(cell), className: place ? "aq-number" : "" });
        if (one.tagName === "TH") { one.scope = name === "th" ? "col" : "row"; }
        return one;
      }));
    }
    var words = title + ": " + rows.length.toLocaleString("en") + " values";
    if (rows.length > MOST_ROWS) { words += ", the first " + MOST_ROWS + " of them here, all of them in the CSV"; }
    var region = make("div", { className: "aq-chart-table", tabIndex: 0 }, [
      make("table", { className: "table table-sm" }, [
        make("caption", { textContent: words + "." }),
        make("thead", {}, [line(head, "th")]),
        make("tbody", {}, rows.slice(0, MOST_ROWS).map(function (row) { return line(row, "td"); }))
      ])
    ]);
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", "Values of " + title);
    return make("div", {}, [region, make("p", { className: "aq-hint", textContent: note })]);
  }

  /* ---- menu --------------------------------------------------------------------------- */

  function ask(card, what) {
    asked += 1;
    window.dash_clientside.set_props("explore-ask", { data: { chart: card.dataset.explore, what: what, number: asked } });
  }

  function menu(card, title) {
    var graph = graphOf(card);
    var noted = card.querySelector(".aq-chart-note, .aq-hint");
    var note = noted ? noted.textContent : "";
    var dialog;
    function act(label, run) {
      var button = tools().make("button", { type: "button", className: "btn btn-outline-primary btn-sm", textContent: label });
      button.disabled = !graph;
      button.addEventListener("click", function () { dialog.close(); run(); });
      return button;
    }
    var acts = [
      act("PNG", function () { tools().picture(named(title), graph, "png"); }),
      act("SVG", function () { tools().picture(named(title), graph, "svg"); }),
      act("CSV, as drawn", function () { tools().save(nameOf(title, "drawn.csv"), drawnCsv(graph), "text/csv"); }),
      act("JSON figure", function () { tools().save(nameOf(title, "json"), tools().figureJson(graph), "application/json"); }),
      act("HTML", function () { tools().saveHtml(nameOf(title, "html"), title, graph); }),
      act("View as table", function () { tools().open(title, table(title, graph, note)); })
    ];
    if (card.dataset.explore) {
      acts.splice(3, 0, act("CSV of the runs", function () { ask(card, "csv"); }));
      acts.push(act("Copy as Python", function () { ask(card, "python"); }));
    }
    dialog = tools().open(title, tools().make("div", { className: "aq-chart-exports" }, acts));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest('[data-act="give"]');
    if (button) { menu(button.closest("[data-explore], .aq-card"), button.dataset.title); }
  });
})();
