/* What a single chart offers: settings of its own, export, the same as a table, full screen. */
(function () {
  "use strict";

  var shared = function () { return window.aquariumBoard; };
  var KINDS = [["", "As all charts"], ["ema", "Exponential"], ["twema", "Time-weighted"],
    ["gauss", "Gaussian"], ["mean", "Running average"]];
  var SCALES = [["", "As all charts"], ["lin", "Linear"], ["log", "Logarithmic"]];

  function make(name, properties, children) {
    var element = document.createElement(name);
    Object.assign(element, properties || {});
    (children || []).forEach(function (child) { element.append(child); });
    return element;
  }

  /* ---- dialog ------------------------------------------------------------------------ */

  var serial = 0;

  function open(title, content) {
    serial += 1;
    var heading = make("h2", { textContent: title, id: "aq-chart-dialog-" + serial });
    var close = make("button", { type: "submit", className: "btn btn-primary", textContent: "Close" });
    var dialog = make("dialog", { className: "aq-dialog aq-chart-dialog" }, [
      heading, content, make("form", { method: "dialog" }, [close])
    ]);
    dialog.setAttribute("aria-labelledby", heading.id);
    (document.fullscreenElement || document.body).append(dialog);
    dialog.addEventListener("close", function () { dialog.remove(); });
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog) { dialog.close(); }
    });
    dialog.showModal();
    return dialog;
  }

  function field(label, control) {
    serial += 1;
    control.id = "aq-chart-field-" + serial;
    return make("div", { className: "aq-field" }, [
      make("label", { className: "aq-label", htmlFor: control.id, textContent: label }), control
    ]);
  }

  function select(options, value) {
    var control = make("select", { className: "form-select form-select-sm" });
    options.forEach(function (option) {
      control.append(make("option", { value: option[0], textContent: option[1] }));
    });
    control.value = value || "";
    return control;
  }

  function box(value) {
    var control = make("input", { type: "number", step: "any", className: "form-control form-control-sm" });
    control.value = value === undefined || value === null ? "" : value;
    return control;
  }

  function numberIn(control) { return control.value === "" ? undefined : Number(control.value); }

  /* ---- settings ------------------------------------------------------------------------ */

  function settings(card) {
    var api = shared();
    var id = api.partId(card, "own");
    var own = api.read(id) || {};
    var graph = api.graphOf(card);
    var ends = graph && !graph._fullLayout.xaxis.autorange ? window.aquariumZoom.ends(graph) : [];
    var kind = select(KINDS, own.sk);
    var amount = box(own.s);
    var scale = select(SCALES, own.y);
    var low = box(own.lo), high = box(own.hi);
    var from = box(ends[0]), to = box(ends[1]);

    function keep() {
      var now = { width: own.width, z: own.z };
      if (kind.value) { now.sk = kind.value; }
      if (amount.value !== "") { now.s = Number(amount.value); }
      if (scale.value) { now.y = scale.value; }
      now.lo = numberIn(low);
      now.hi = numberIn(high);
      own = JSON.parse(JSON.stringify(now));
      api.setProps(id, { data: own });
    }

    function range() {
      if (from.value === "" && to.value === "") { window.aquariumZoom.set(card, null); return; }
      var first = numberIn(from), last = numberIn(to);
      if (first < last) { window.aquariumZoom.set(card, [first, last]); }
    }

    [kind, amount, scale, low, high].forEach(function (one) { one.addEventListener("change", keep); });
    [from, to].forEach(function (one) { one.addEventListener("change", range); });
    var reset = make("button", { type: "button", className: "btn btn-outline-primary", textContent: "As all charts" });
    reset.addEventListener("click", function () {
      [kind, amount, scale, low, high].forEach(function (one) { one.value = ""; });
      keep();
    });
    return make("div", { className: "aq-chart-settings" }, [
      field("Smoothing", amount), field("Kind of smoothing", kind), field("Y axis", scale),
      field("Y from", low), field("Y to", high), field("X from", from), field("X to", to), reset
    ]);
  }

  /* ---- values on screen ------------------------------------------------------------------ */

  function drawn(graph) {
    var raw = {};
    (graph._fullData || []).forEach(function (trace) {
      var part = trace.meta && trace.meta.part;
      if (part === "line" || part === "raw") {
        raw[trace.meta.key] = raw[trace.meta.key] || { name: trace.meta.name };
        raw[trace.meta.key][part] = trace;
      }
    });
    return Object.keys(raw).map(function (key) { return Object.assign({ key: key }, raw[key]); });
  }

  function cell(value) {
    var text = String(value);
    // No spreadsheet may take a name for a formula.
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) { text = "'" + text; }
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function drawnCsv(card, graph) {
    var rows = [["run", "id", "x", card.dataset.metric, "smoothed"]];
    drawn(graph).forEach(function (one) {
      var trace = one.raw || one.line;
      for (var i = 0; i < trace.x.length; i += 1) {
        rows.push([one.name, one.key, trace.x[i], trace.y[i], ""]);
      }
      if (!one.raw) { return; }
      for (var j = 0; j < one.line.x.length; j += 1) {
        rows.push([one.name, one.key, one.line.x[j], one.line.customdata[j], one.line.y[j]]);
      }
    });
    return rows.map(function (row) { return row.map(cell).join(","); }).join("\n") + "\n";
  }

  function figureJson(graph) {
    return JSON.stringify({ data: graph.data, layout: graph.layout }, function (key, value) {
      var array = value && value._inputArray ? value._inputArray : value; // what came in bytes
      if (ArrayBuffer.isView(array)) { return Array.from(array, function (one) { return isFinite(one) ? one : null; }); }
      return key[0] === "_" ? undefined : value;
    });
  }

  // The scripts of a page with charts, as one text; no other host is asked for it.
  function plotly() {
    var script = [].slice.call(document.scripts).find(function (one) { return /plotly[^/]*\.js/.test(one.src) && /package_data/.test(one.src); });
    if (!script) { return Promise.reject(new Error("Plotly is not on this page yet")); }
    return window.fetch(script.src).then(function (answer) { return answer.text(); });
  }

  // One file that opens from disk without a network: the figure and what draws it.
  function saveHtml(name, title, graph) {
    var figure = figureJson(graph).replace(/</g, "\\u003c"); // no name of a run ends the script
    plotly().then(function (program) {
      var heading = title.replace(/[&<>]/g, function (sign) { return "&#" + sign.charCodeAt(0) + ";"; });
      save(name, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + heading + "</title>" +
        "<script>" + program.replace(/<\/script/gi, "<\\/script") + "<\/script></head>" +
        "<body style=\"margin:0\"><div id=\"chart\" style=\"height:100vh\"></div><script>" +
        "Plotly.newPlot(\"chart\"," + figure + ".data," + figure + ".layout,{displaylogo:false,responsive:true,showSendToCloud:false})" +
        "<\/script></body></html>", "text/html");
    }).catch(function (error) { window.aquarium.toast(error.message, "error"); });
  }

  function fileName(card, ending) {
    return card.dataset.metric.replace(/[^\w.-]+/g, "_") + "." + ending;
  }

  function save(name, text, type) {
    var address = URL.createObjectURL(new Blob([text], { type: type + ";charset=utf-8" }));
    make("a", { href: address, download: name }).click();
    window.setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  }

  function picture(card, graph, format) {
    window.Plotly.downloadImage(graph, {
      format: format,
      scale: format === "png" ? 2 : 1,
      width: Math.max(800, graph.clientWidth),
      height: Math.max(450, graph.clientHeight),
      filename: fileName(card, format).slice(0, -4)
    });
  }

  /* ---- the same as a table -------------------------------------------------------------- */

  function number(value) {
    return value === undefined || isNaN(value) ? "–" : String(Number(value.toPrecision(6)));
  }

  function summary(one) {
    var trace = one.raw || one.line;
    var found = { name: one.name, count: 0, last: NaN, at: NaN, min: NaN, minAt: NaN, max: NaN, maxAt: NaN };
    for (var i = 0; i < trace.x.length; i += 1) {
      var y = trace.y[i];
      if (isNaN(y)) { continue; }
      found.count += 1;
      found.last = y;
      found.at = trace.x[i];
      if (!(found.min <= y)) { found.min = y; found.minAt = trace.x[i]; }
      if (!(found.max >= y)) { found.max = y; found.maxAt = trace.x[i]; }
    }
    return found;
  }

  function table(card, graph) {
    var rows = drawn(graph).map(summary);
    var axis = graph._fullLayout.xaxis;
    var where = function (x) {
      if (isNaN(x)) { return "–"; }
      return axis.type === "date" ? new Date(x).toISOString().slice(0, 19).replace("T", " ") : number(x);
    };
    var ends = rows.filter(function (row) { return row.count; });
    var lowest = ends.slice().sort(function (a, b) { return a.min - b.min; })[0];
    var highest = ends.slice().sort(function (a, b) { return b.max - a.max; })[0];
    var words = rows.length + (rows.length === 1 ? " line" : " lines") + " of " + card.dataset.metric + ".";
    if (lowest) {
      words += " Lowest value " + number(lowest.min) + " (" + lowest.name + ", at " + where(lowest.minAt) +
        "), highest " + number(highest.max) + " (" + highest.name + ", at " + where(highest.maxAt) + ").";
    }
    var note = card.querySelector(".aq-chart-note").textContent;
    var head = make("tr", {}, ["Run", "Last", "at", "Lowest", "at", "Highest", "at"].map(function (text) {
      return make("th", { scope: "col", textContent: text });
    }));
    var body = rows.map(function (row) {
      return make("tr", {}, [make("th", { scope: "row", textContent: row.name })].concat(
        [number(row.last), where(row.at), number(row.min), where(row.minAt), number(row.max), where(row.maxAt)]
          .map(function (text) { return make("td", { className: "aq-number", textContent: text }); })
      ));
    });
    var region = make("div", { className: "aq-chart-table", tabIndex: 0 }, [
      make("table", { className: "table table-sm" }, [
        make("caption", { textContent: words }), make("thead", {}, [head]), make("tbody", {}, body)
      ])
    ]);
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", "Values of " + card.dataset.metric);
    return make("div", {}, [region, make("p", { className: "aq-hint", textContent: note })]);
  }

  // Labels and figures of one line.
  function figuresOf(card, key) {
    var graph = shared().graphOf(card);
    var one = graph && drawn(graph).filter(function (line) { return line.key === key; })[0];
    if (!one) { return []; }
    var row = summary(one);
    var axis = graph._fullLayout.xaxis;
    var at = function (value, x) {
      if (isNaN(value)) { return "–"; }
      var place = axis.type === "date" ? new Date(x).toISOString().slice(0, 19).replace("T", " ") : number(x);
      return number(value) + " at " + place;
    };
    return [
      [card.dataset.metric + ", last", at(row.last, row.at)],
      ["Lowest", at(row.min, row.minAt)],
      ["Highest", at(row.max, row.maxAt)]
    ];
  }

  /* ---- what the server is asked for ------------------------------------------------------- */

  var asked = 0;

  function ask(card, what) {
    asked += 1;
    var seen = shared().read(shared().partId(card, "seen")) || {};
    shared().setProps(card.dataset.board + "-ask", {
      data: {
        what: what,
        metric: card.dataset.metric,
        width: seen.width,
        own: shared().read(shared().partId(card, "own")) || {},
        number: asked
      }
    });
  }

  function code(text) {
    var pre = make("pre", { className: "aq-chart-code", tabIndex: 0, textContent: text });
    pre.setAttribute("aria-label", "Python");
    var copy = make("button", { type: "button", className: "btn btn-outline-primary", textContent: "Copy" });
    copy.addEventListener("click", function () {
      var range = document.createRange();
      range.selectNodeContents(pre);
      window.getSelection().removeAllRanges();
      window.getSelection().addRange(range);
      var done = function () { copy.textContent = "Copied"; };
      // Only pages of this machine or behind https may write there; else it is selected.
      if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, function () {}); }
      else { copy.textContent = "Selected: press Ctrl C"; }
    });
    return make("div", {}, [pre, copy]);
  }

  function answered(answer) {
    if (answer.what === "csv") {
      save(answer.metric.replace(/[^\w.-]+/g, "_") + ".csv", answer.text, "text/csv");
    } else {
      open("Python that draws " + answer.metric, code(answer.text));
    }
  }

  /* ---- menu ----------------------------------------------------------------------------------- */

  function menu(card) {
    var graph = shared().graphOf(card);
    var dialog;
    function act(label, run, stays) {
      var button = make("button", { type: "button", className: "btn btn-outline-primary btn-sm", textContent: label });
      button.disabled = !graph;
      button.addEventListener("click", function () {
        if (!stays) { dialog.close(); }
        run();
      });
      return button;
    }
    var exports = make("div", { className: "aq-chart-exports" }, [
      act("PNG", function () { picture(card, graph, "png"); }),
      act("SVG", function () { picture(card, graph, "svg"); }),
      act("CSV, as drawn", function () { save(fileName(card, "drawn.csv"), drawnCsv(card, graph), "text/csv"); }),
      act("CSV, as logged", function () { ask(card, "csv"); }),
      act("JSON figure", function () { save(fileName(card, "json"), figureJson(graph), "application/json"); }),
      act("HTML", function () { saveHtml(fileName(card, "html"), card.dataset.metric, graph); }),
      act("Copy as Python", function () { ask(card, "python"); }),
      act("View as table", function () { open(card.dataset.metric, table(card, graph)); })
    ]);
    dialog = open(card.dataset.metric, make("div", {}, [settings(card), make("h3", { textContent: "Export" }), exports]));
  }

  /* ---- full screen --------------------------------------------------------------------------- */

  function fullScreen(card) {
    if (document.fullscreenElement) { document.exitFullscreen(); } else { card.requestFullscreen(); }
  }

  document.addEventListener("fullscreenchange", function () {
    document.querySelectorAll('[data-act="full"]').forEach(function (button) {
      var card = button.closest(".aq-chart");
      var isFull = card === document.fullscreenElement;
      if ((button.getAttribute("aria-pressed") === "true") === isFull) { return; }
      button.setAttribute("aria-pressed", isFull ? "true" : "false");
      window.requestAnimationFrame(function () { resized(card, isFull); });
    });
  });

  // A larger chart has more pixels, and each of them its extremes.
  function resized(card, isFull) {
    var api = shared();
    var graph = api.graphOf(card);
    if (!graph) { return; }
    var id = api.partId(card, "own");
    window.Plotly.Plots.resize(graph).then(function () {
      var own = Object.assign({}, api.read(id));
      if (isFull) { own.width = Math.round(graph._fullLayout._size.w); } else { delete own.width; }
      api.setProps(id, { data: own });
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-act]");
    if (!button) { return; }
    var card = button.closest(".aq-chart");
    var board = button.closest("[data-board]");
    if (button.dataset.act === "menu") { menu(card); }
    else if (button.dataset.act === "full") { fullScreen(card); }
    else if (button.dataset.act === "lines") {
      shared().setProps(card.dataset.board + "-lines", { value: button.dataset.value });
    }
    else if (board) {
      shared().setProps(board.dataset.board + "-act", {
        data: { what: button.dataset.act, value: button.dataset.value, number: Date.now() }
      });
    }
  });

  shared().answered = answered;
  shared().figuresOf = figuresOf;
  // For charts of other pages, which have a menu of their own.
  shared().menu = { make: make, open: open, save: save, picture: picture, figureJson: figureJson, saveHtml: saveHtml, cell: cell };
})();
