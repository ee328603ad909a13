/* Pointing at a chart: its values in a tooltip, a line at the same x and the same run in all charts. */
(function () {
  "use strict";

  var MOST_ROWS = 12;
  var NEAR = 40; // pixels from the pointer to the line that is meant
  var AWAY = 16; // pixels between pointer and tooltip
  var BEYOND = 12; // pixels behind its last point in which a line still has a value

  var shared = function () { return window.aquariumBoard; };

  function make(name, className) {
    var element = document.createElement(name);
    element.className = className;
    return element;
  }

  /* ---- what is under the pointer -------------------------------------------------- */

  function linesOf(graph) {
    return graph._fullData.filter(function (trace) {
      return trace.visible === true && trace.meta && trace.meta.part === "line" && trace.x;
    });
  }

  // Place of the value nearest to `at` in ascending `x`.
  function nearest(x, at) {
    var low = 0;
    var high = x.length - 1;
    while (high - low > 1) {
      var middle = (low + high) >> 1;
      if (x[middle] < at) { low = middle; } else { high = middle; }
    }
    return Math.abs(x[low] - at) <= Math.abs(x[high] - at) ? low : high;
  }

  function rowsAt(graph, at, right, down) {
    var layout = graph._fullLayout;
    var rows = [];
    linesOf(graph).forEach(function (trace) {
      if (!trace.x.length) { return; }
      var place = nearest(trace.x, at);
      var x = trace.x[place];
      var before = at < trace.x[0];
      var after = at > trace.x[trace.x.length - 1];
      if ((before || after) && Math.abs(layout.xaxis.c2p(x) - right) > BEYOND) { return; }
      var y = trace.y[place];
      rows.push({
        trace: trace,
        x: x,
        y: y,
        more: trace.customdata ? trace.customdata[place] : null,
        away: Math.abs(layout.yaxis.c2p(y) - down)
      });
    });
    // Largest first; what has no value comes last.
    return rows.sort(function (a, b) { return (isNaN(a.y) - isNaN(b.y)) || b.y - a.y; });
  }

  function meant(rows) {
    var best = null;
    rows.forEach(function (row) {
      if (row.away <= NEAR && (best === null || row.away < best.away)) { best = row; }
    });
    return best || (rows.length === 1 ? rows[0] : null);
  }

  /* ---- tooltip ---------------------------------------------------------------------- */

  var tooltip = make("div", "aq-tooltip");
  tooltip.setAttribute("aria-hidden", "true"); // "view as table" says the same in words
  tooltip.hidden = true;

  function number(value) {
    if (value === null || value === undefined || isNaN(value)) { return "NaN"; }
    var size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e9) { return value.toLocaleString("en-GB"); }
    if (size !== 0 && (size >= 1e6 || size < 1e-4)) { return value.toExponential(4); }
    return String(Number(value.toPrecision(6)));
  }

  function placeText(graph, x) {
    var axis = graph._fullLayout.xaxis;
    if (axis.type === "date") { return new Date(x).toISOString().replace("T", " ").slice(0, 19); }
    var title = axis.title && axis.title.text || "";
    var unit = /^Elapsed \((.*)\)$/.exec(title);
    return unit ? number(x) + " " + unit[1] : plain(title) + " " + number(x);
  }

  function plain(text) {
    return new DOMParser().parseFromString(text, "text/html").documentElement.textContent;
  }

  function moreText(row) {
    if (row.more === null) { return ""; }
    return row.trace.meta.tip === "n" ? "n = " + row.more : "logged " + number(row.more);
  }

  function drawRow(row, isMeant) {
    var line = make("div", "aq-tooltip-row" + (isMeant ? " aq-tooltip-meant" : ""));
    var sign = make("span", "aq-tooltip-sign");
    sign.style.borderTopColor = row.trace.line.color;
    sign.style.borderTopStyle = { dot: "dotted", solid: "solid" }[row.trace.line.dash] || "dashed";
    var name = make("span", "aq-tooltip-name");
    name.textContent = row.trace.meta.name;
    var value = make("span", "aq-tooltip-value");
    value.textContent = number(row.y);
    var more = make("span", "aq-tooltip-more");
    more.textContent = moreText(row);
    line.append(sign, name, value, more);
    return line;
  }

  // At most twelve rows, those round the line that is meant.
  function cut(rows, one) {
    var first = one ? rows.indexOf(one) - (MOST_ROWS >> 1) : 0;
    first = Math.max(0, Math.min(first, rows.length - MOST_ROWS));
    return rows.slice(first, first + MOST_ROWS);
  }

  function drawTooltip(graph, rows, one) {
    var head = make("div", "aq-tooltip-head");
    head.textContent = placeText(graph, (one || rows[0]).x);
    var lines = cut(rows, one).map(function (row) { return drawRow(row, row === one); });
    tooltip.replaceChildren(head, ...lines);
    if (rows.length > MOST_ROWS) {
      var rest = make("div", "aq-tooltip-more");
      rest.textContent = "and " + (rows.length - MOST_ROWS) + " more";
      tooltip.append(rest);
    }
  }

  function putTooltip(right, down) {
    var home = document.fullscreenElement || document.body;
    if (tooltip.parentNode !== home) { home.append(tooltip); }
    tooltip.hidden = false;
    var box = tooltip.getBoundingClientRect();
    var left = right + AWAY + box.width > window.innerWidth ? right - AWAY - box.width : right + AWAY;
    var top = Math.min(down + AWAY, window.innerHeight - box.height - 4);
    tooltip.style.left = Math.max(4, left) + "px";
    tooltip.style.top = Math.max(4, top) + "px";
  }

  /* ---- a line at the same x in every chart -------------------------------------------- */

  function factor(graph) { return (graph.layout.meta && graph.layout.meta.factor) || 1; }

  function cross(card) {
    var line = card.querySelector(":scope > .aq-cross");
    if (!line) {
      line = make("div", "aq-cross");
      line.setAttribute("aria-hidden", "true");
      line.hidden = true;
      card.append(line);
    }
    return line;
  }

  function moveCross(card, x) {
    var graph = shared().graphOf(card);
    var line = cross(card);
    if (!graph) { line.hidden = true; return; }
    var size = graph._fullLayout._size;
    var right = graph._fullLayout.xaxis.c2p(x * factor(graph));
    line.hidden = !(right >= 0 && right <= size.w);
    if (line.hidden) { return; }
    var slot = card.querySelector(".aq-chart-slot");
    line.style.height = size.h + "px";
    line.style.transform = "translate(" + (slot.offsetLeft + size.l + right) + "px," +
      (slot.offsetTop + size.t) + "px)";
  }

  /* ---- the same run in every chart ------------------------------------------------------ */

  var lit = null;

  function light(key) {
    if (key === lit) { return; }
    lit = key;
    document.querySelectorAll(".aq-chart .js-plotly-plot").forEach(paint);
    document.querySelectorAll("[data-run]").forEach(function (row) {
      row.classList.toggle("aq-lit", key !== null && row.dataset.run === key);
    });
  }

  function paint(graph) {
    var keys = {};
    (graph._fullData || []).forEach(function (trace) {
      if (trace.meta) { keys[trace.uid] = trace.meta.key; }
    });
    var known = Object.keys(keys).some(function (uid) { return keys[uid] === lit; });
    graph.querySelectorAll(".scatterlayer > .trace").forEach(function (line) {
      var uid = (/\btrace(t[0-9a-f]+\w*)/.exec(line.getAttribute("class")) || [])[1];
      line.classList.toggle("aq-dim", lit !== null && known && keys[uid] !== lit);
    });
  }

  /* ---- pointer ------------------------------------------------------------------------ */

  var last = null;
  var waiting = 0;

  var under = null; // the line that is meant

  function leave() {
    under = null;
    tooltip.hidden = true;
    light(null);
    document.querySelectorAll(".aq-cross").forEach(function (line) { line.hidden = true; });
  }

  function point() {
    waiting = 0;
    if (!last || !last.card.isConnected) { leave(); return; }
    var graph = shared().graphOf(last.card);
    if (!graph || graph._dragging) { leave(); return; }
    var size = graph._fullLayout._size;
    var box = graph.getBoundingClientRect();
    var right = last.x - box.left - size.l;
    var down = last.y - box.top - size.t;
    if (right < 0 || down < 0 || right > size.w || down > size.h) { leave(); return; }
    var at = graph._fullLayout.xaxis.p2c(right);
    var rows = rowsAt(graph, at, right, down);
    var one = meant(rows);
    var x = at / factor(graph);
    shared().cards(last.card).forEach(function (card) { moveCross(card, x); });
    light(one ? one.trace.meta.key : null);
    under = one ? { card: last.card, key: one.trace.meta.key, name: one.trace.meta.name } : null;
    if (!rows.length) { tooltip.hidden = true; return; }
    drawTooltip(graph, rows, one);
    putTooltip(last.x, last.y);
  }

  document.addEventListener("pointermove", function (event) {
    var card = event.target.closest && event.target.closest(".aq-chart[data-board]");
    var row = event.target.closest && event.target.closest("[data-run]");
    if (!card && !last && !row) { if (lit !== null) { light(null); } return; }
    if (!card) { last = null; leave(); light(row ? row.dataset.run : null); return; }
    last = { card: card, x: event.clientX, y: event.clientY };
    if (!waiting) { waiting = window.requestAnimationFrame(point); }
  }, { passive: true });

  document.addEventListener("pointerleave", function () { last = null; leave(); });
  document.addEventListener("scroll", function () { if (last) { last = null; leave(); } }, { passive: true });

  window.aquariumHover = {
    repaint: function (graph) { if (lit !== null) { paint(graph); } },
    meant: function () { return under; }
  };
})();
