// Draws the curves: every chart when it comes into sight, again when a control changes.
var neuralCharts = (function () {
  "use strict";
  var MOST_CARDS = 60;
  var MOST_TOLD = 6;
  var PRINTED_PX = 310; // width of a chart on paper, where three stand side by side
  var MOST_MEMBERS = 40; // lines that are drawn faintly behind those of their groups
  var data, state = { smoothing: 0, x: "step", logY: false, group: "", search: "", hidden: new Set() };
  var cards = [], watcher;

  function theme() { return window.neuralPrinting ? "light" : window.neuralTheme.inForce(); }

  function series(run, metric) {
    var found = data.runs[run].series && data.runs[run].series[metric];
    return found && { step: data.block(found[0]), time: data.block(found[1]), value: data.block(found[2]) };
  }

  function placed(run, metric) {
    var one = series(run, metric);
    if (!one) { return null; }
    var x = one.step, start = data.view.runs[run].start;
    if (state.x === "time") { x = one.time.map(function (t) { return t * 1000; }); }
    if (state.x === "relative") {
      if (start === null) { start = one.time.reduce(function (a, b) { return Math.min(a, b); }, Infinity); }
      x = one.time.map(function (t) { return t - start; });
    }
    var value = one.value, ascending = true;
    for (var i = 1; i < x.length; i++) { if (x[i] < x[i - 1]) { ascending = false; break; } }
    if (!ascending) {
      var order = Array.from(x.keys()).sort(function (a, b) { return x[a] - x[b] || a - b; });
      x = Float64Array.from(order, function (i) { return x[i]; });
      value = Float64Array.from(order, function (i) { return one.value[i]; });
    }
    return { x: x, raw: value, y: state.smoothing ? neuralNumbers.smooth(value, state.smoothing) : value };
  }

  function pick(array, kept, keep) {
    return Float64Array.from(kept, function (i) { return keep(array[i]) ? array[i] : NaN; });
  }

  function visible(value) { return isFinite(value) && (!state.logY || value > 0); }

  function unit(longest) {
    if (state.x !== "relative") { return { factor: 1, sign: "" }; }
    if (longest < 180) { return { factor: 1, sign: "s" }; }
    return longest < 10800 ? { factor: 1 / 60, sign: "min" } : { factor: 1 / 3600, sign: "h" };
  }

  function counter() { return { drawn: 0, total: 0, nan: 0, infinite: 0, hidden: 0, few: Infinity, many: 0 }; }

  function count(said, found, y) {
    said.total += found.total;
    said.nan += found.nan;
    said.infinite += found.infinite;
    found.kept.forEach(function (i) { if (visible(y[i])) { said.drawn++; } });
    if (state.logY) { for (var i = 0; i < y.length; i++) { if (isFinite(y[i]) && y[i] <= 0) { said.hidden++; } } }
  }

  function scatter(x, y, more) { return Object.assign({ type: "scatter", mode: "lines", x: x, y: y, showlegend: false }, more); }

  // One tooltip for all lines, unless they are so many that it would cover the chart.
  function unified(card) {
    var grouping = data.view.groupings.find(function (one) { return one.key === state.group; });
    return (grouping ? grouping.groups : card.lines).length <= MOST_TOLD;
  }

  function place(card) {
    return unified(card) ? "" : "<br>" + (state.x === "step" ? "step " : "") + "%{x}";
  }

  function runTraces(card, said, scale, range) {
    var traces = [];
    card.lines.forEach(function (line) {
      var look = data.view.runs[line.run], color = look[theme()];
      var x = line.x.map(function (v) { return v * scale.factor; });
      var found = neuralNumbers.reduce(x, line.y, card.columns, range), kept = found.kept;
      count(said, found, line.y);
      if (state.smoothing) {
        var raw = neuralNumbers.reduce(x, line.raw, card.columns, range).kept;
        traces.push(scatter(pick(x, raw, isFinite), pick(line.raw, raw, visible),
          { line: { color: color, width: 1 }, opacity: 0.3, hoverinfo: "skip" }));
      }
      var gaps = kept.filter(function (i) { return !isFinite(line.y[i]); });
      for (var i = 0; i < line.y.length && gaps.length === 0; i++) { if (!isFinite(line.y[i])) { gaps = [i]; } }
      if (gaps.length) {
        traces.push(scatter(pick(x, gaps, isFinite), gaps.map(function () { return 0; }), { mode: "markers", yaxis: "y2",
          cliponaxis: false, marker: { color: color, size: 8, symbol: "x" },
          text: gaps.map(function (i) { return isNaN(line.y[i]) ? "NaN" : line.y[i] > 0 ? "+infinity" : "-infinity"; }),
          hovertemplate: look.plot + ": %{text} from %{x} on<extra></extra>" }));
      }
      traces.push(scatter(pick(x, kept, isFinite), pick(line.y, kept, visible), {
        name: look.plot, mode: kept.length > 3 ? "lines" : "lines+markers",
        line: { color: color, width: 1.6, dash: look.dash }, marker: { color: color, size: 6 },
        customdata: pick(line.raw, kept, isFinite),
        hovertemplate: (state.smoothing ? "%{y:.6~g} (logged %{customdata:.6~g})" : "%{y:.6~g}") + place(card) }));
    });
    return traces;
  }

  function faint(member, color, card, scale, range) {
    var x = member.x.map(function (v) { return v * scale.factor; });
    var kept = neuralNumbers.reduce(x, member.y, card.columns, range).kept;
    return scatter(pick(x, kept, isFinite), pick(member.y, kept, visible),
      { line: { color: color, width: 1 }, opacity: 0.3, hoverinfo: "skip" });
  }

  function groupTraces(card, said, scale, range) {
    var traces = [], grouping = data.view.groupings.find(function (one) { return one.key === state.group; });
    grouping.groups.forEach(function (group) {
      var members = card.lines.filter(function (line) { return group.runs.indexOf(line.run) >= 0; });
      if (!members.length) { return; }
      var line = neuralNumbers.groupLine(members), color = group[theme()];
      var x = line.x.map(function (v) { return v * scale.factor; });
      var found = neuralNumbers.reduce(x, line.center, card.columns, range), kept = found.kept;
      members.forEach(function (member) {
        if (card.lines.length <= MOST_MEMBERS) { traces.push(faint(member, color, card, scale, range)); }
        member.raw.forEach(function (v) { if (isNaN(v)) { said.nan++; } else if (!isFinite(v)) { said.infinite++; } });
      });
      count(said, { total: found.total, nan: 0, infinite: 0, kept: kept }, line.center);
      line.n.forEach(function (n) { said.few = Math.min(said.few, n); said.many = Math.max(said.many, n); });
      var edges = [line.lower, line.upper].map(function (edge) { return neuralNumbers.reduce(x, edge, card.columns, range).kept; });
      var banded = Array.from(new Set(edges[0].concat(edges[1]))).sort(function (a, b) { return a - b; })
        .filter(function (i) { return visible(line.lower[i]) && visible(line.upper[i]); });
      var quiet = { line: { width: 0, color: color }, hoverinfo: "skip" };
      traces.push(scatter(pick(x, banded, isFinite), pick(line.lower, banded, visible), quiet));
      traces.push(scatter(pick(x, banded, isFinite), pick(line.upper, banded, visible),
        Object.assign({ fill: "tonexty", fillcolor: color + "2e" }, quiet)));
      traces.push(scatter(pick(x, kept, isFinite), pick(line.center, kept, visible), {
        name: group.plot, line: { color: color, width: 2, dash: group.dash },
        customdata: kept.map(function (i) { return [line.upper[i] - line.center[i], line.n[i]]; }),
        hovertemplate: "%{y:.6~g} ± %{customdata[0]:.3~g} (n = %{customdata[1]})" + place(card) }));
    });
    return traces;
  }

  function layout(card, scale) {
    var titles = { step: "Step", relative: "Elapsed (" + scale.sign + ")", time: "Time (UTC)" };
    return {
      template: data.view.templates[theme()], height: 260, margin: { l: 56, r: 12, t: 8, b: 40 }, hovermode: unified(card) ? "x unified" : "closest",
      width: window.neuralPrinting ? PRINTED_PX : undefined, autosize: !window.neuralPrinting,
      uirevision: [state.x, state.logY, state.group].join(), showlegend: false, dragmode: "zoom",
      xaxis: { title: { text: titles[state.x] }, type: state.x === "time" ? "date" : "linear" },
      yaxis: state.logY ? { type: "log", tickformat: "~g", nticks: 4 } : { type: "linear" },
      yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true }
    };
  }

  function number(value) { return value.toLocaleString("en"); }

  function note(said) {
    var parts = [];
    if (state.group && said.many) {
      parts.push("mean ± standard deviation, n " + (said.few === said.many ? "= " + said.many : "from " + said.few + " to " + said.many));
    }
    var what = state.group ? " positions drawn" : " points drawn";
    parts.push(said.drawn < said.total ? number(said.drawn) + " of " + number(said.total) + what + ", extremes exact" : number(said.total) + what);
    if (said.nan) { parts.push(number(said.nan) + " NaN"); }
    if (said.infinite) { parts.push(number(said.infinite) + " infinite"); }
    if (said.hidden) { parts.push(number(said.hidden) + " at or below 0, hidden by the log axis"); }
    return parts.join("; ");
  }

  function draw(card) {
    if (!card.inSight || !window.Plotly) { card.stale = true; return; }
    card.stale = false;
    card.lines = [];
    data.view.runs.forEach(function (_, run) {
      var line = state.hidden.has(run) ? null : placed(run, card.metric);
      if (line) { line.run = run; card.lines.push(line); }
    });
    card.columns = Math.max(100, Math.min(500, Math.round(card.plot.clientWidth)));
    var longest = card.lines.reduce(function (most, line) { return Math.max(most, line.x[line.x.length - 1] || 0); }, 0);
    paint(card, unit(longest), null);
  }

  function paint(card, scale, range) {
    var said = counter(), traces = (state.group ? groupTraces : runTraces)(card, said, scale, range);
    card.scale = scale;
    window.Plotly.react(card.plot, traces, layout(card, scale), data.view.config);
    card.note.textContent = card.lines.length ? note(said) : "No visible run has this metric";
    if (card.heard) { return; }
    card.heard = true;
    card.plot.on("plotly_relayout", function (change) { zoomed(card, change); });
  }

  function zoomed(card, change) {
    if (change["xaxis.autorange"]) { paint(card, card.scale, null); return; }
    var range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (range[0] === undefined) { return; }
    if (state.x === "time") { range = range.map(function (text) { return Date.parse(String(text).replace(" ", "T") + "Z"); }); }
    paint(card, card.scale, range.map(Number));
  }

  function build(host, metrics) {
    if (watcher) { watcher.disconnect(); }
    cards.forEach(function (card) { if (card.heard) { window.Plotly.purge(card.plot); } });
    watcher = new IntersectionObserver(function (found) {
      found.forEach(function (entry) {
        var card = entry.target.neuralCard;
        card.inSight = entry.isIntersecting;
        if (card.inSight && card.stale) { window.requestAnimationFrame(function () { draw(card); }); }
      });
    }, { rootMargin: "200px" });
    host.replaceChildren();
    cards = metrics.slice(0, MOST_CARDS).map(function (metric) {
      var box = document.createElement("section"), title = document.createElement("h3");
      var plot = document.createElement("div"), words = document.createElement("p");
      title.textContent = metric;
      box.className = "nr-chart";
      plot.className = "nr-plot";
      plot.setAttribute("role", "group");
      plot.setAttribute("aria-label", "Curves of " + metric);
      words.className = "nr-hint";
      box.append(title, plot, words);
      host.append(box);
      var card = { metric: metric, plot: plot, note: words, stale: true, inSight: false, lines: [] };
      box.neuralCard = card;
      watcher.observe(box);
      return card;
    });
  }

  function redraw() { cards.forEach(draw); }

  return {
    MOST_CARDS: MOST_CARDS, state: state, build: build, redraw: redraw,
    use: function (loaded) { data = loaded; },
    drawAll: function () { cards.forEach(function (card) { card.inSight = true; draw(card); }); }
  };
})();
