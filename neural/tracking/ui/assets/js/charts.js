/* The browser's side of chart boards: which charts are in sight, what the controls say, times that pass. */
(function () {
  "use strict";

  var FRAMES = 60; // so long a new list may take until it is on the page
  var AHEAD = "200px"; // a chart is fetched this far before it comes into sight
  var MARGINS = 72; // of a chart, left and right of its plot

  // A part of the page. For one that has just left it Dash's own look-up throws, or answers with
  // the whole page; and to set something of it fails with "concat is not a function".
  function partOf(id) {
    var part;
    try { part = window.dash_component_api.getLayout(id); }
    catch (error) { return null; } // it has no other way of saying that there is none
    var found = part && part.props && part.props.id;
    var same = found && (found === id || (id.type && found.type === id.type && found.index === id.index));
    return same ? part : null;
  }

  function setProps(id, props) {
    if (partOf(id)) { window.dash_clientside.set_props(id, props); }
  }

  function read(id) {
    var part = partOf(id);
    return part ? part.props.data : undefined;
  }

  function partId(card, part) { return { index: card.dataset.index, type: card.dataset.board + "-" + part }; }

  function board(card) { return document.querySelectorAll('.aq-chart[data-board="' + card.dataset.board + '"]'); }

  function graphOf(card) {
    var graph = card.querySelector(".js-plotly-plot");
    return graph && graph._fullLayout && graph._fullLayout.xaxis ? graph : null;
  }

  // What the other scripts of the charts share.
  window.aquariumBoard = {
    setProps: setProps,
    read: read,
    partId: partId,
    cards: board,
    graphOf: graphOf,
    viewId: function (card) { return card.dataset.board + "-view"; },
    view: function (card) { return read(card.dataset.board + "-view") || {}; }
  };

  /* ---- charts are fetched when they come into sight ---------------------------- */

  var watched = new WeakMap();

  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) { return; }
      var card = entry.target;
      watcher.unobserve(card);
      var slot = card.querySelector(".aq-chart-slot");
      setProps(partId(card, "seen"), {
        data: { metric: card.dataset.metric, width: Math.max(0, slot.clientWidth - MARGINS) }
      });
    });
  }, { rootMargin: AHEAD });

  function watch(frames) {
    document.querySelectorAll(".aq-chart[data-board]").forEach(function (card) {
      // An element may be used again for another metric.
      if (watched.get(card) === card.dataset.index) { return; }
      watched.set(card, card.dataset.index);
      watcher.unobserve(card);
      watcher.observe(card);
    });
    if (frames > 0) { window.requestAnimationFrame(function () { watch(frames - 1); }); }
  }

  /* ---- what the controls say ----------------------------------------------------- */

  var ENDS = ["x", "xm", "lx"]; // a range belongs to these

  function viewOf(weight, kind, width, x, metric, axes, group, then, statistic, band, members, lines, by, doctor) {
    var on = function (key) { return (axes || []).indexOf(key) >= 0; };
    return {
      s: String(weight || 0),
      sk: kind === "ema" ? null : kind,
      w: width ? String(width) : null,
      x: x === "step" ? null : x,
      xm: x === "metric" ? metric || "" : null,
      lx: on("lx") ? "log" : null,
      y: on("y") ? "log" : null,
      clip: on("clip") ? "1" : null,
      lock: on("lock") ? "1" : null,
      link: on("link") ? null : "0",
      g: group === "none" ? "" : group || "",
      g2: ["none", "auto"].indexOf(group || "none") >= 0 || !then || then === "none" || then === group ? null : then,
      gs: statistic === "mean" ? null : statistic,
      gb: band === "std" ? null : band,
      gm: (members || []).length ? null : "0",
      n: lines === "20" ? null : lines,
      by: by || null,
      doc: (doctor || []).length ? null : "0"
    };
  }

  function view() {
    var given = [].slice.call(arguments);
    var before = given.pop() || {};
    var state = viewOf.apply(null, given);
    var same = ENDS.every(function (key) { return (state[key] || null) === (before[key] || null); });
    state.z = same ? before.z || null : null;
    var kind = given[1];
    var changed = JSON.stringify(Object.entries(state).sort()) !==
      JSON.stringify(Object.entries(before).sort());
    return [
      changed ? state : window.dash_clientside.no_update,
      kind === "ema" || kind === "twema" ? "weight" : "width",
      given[3] !== "metric",
      !state.g,
      !state.g || state.g === "auto"
    ];
  }

  /* ---- sections that are open or closed other than at first, by name, on this browser -------- */

  var KEPT = "aquarium-sections";
  var MOST_KEPT = 50;
  var boards = new WeakSet();

  function keptSections() {
    // Storage may be closed to pages, or hold what another version wrote.
    try {
      var kept = JSON.parse(window.localStorage.getItem(KEPT));
      return Array.isArray(kept) ? kept.map(String) : [];
    } catch (error) { return []; }
  }

  function keep(names) {
    try { window.localStorage.setItem(KEPT, JSON.stringify(names.slice(-MOST_KEPT))); } catch (error) { return; }
  }

  function remember(shown) {
    var context = window.dash_clientside.callback_context;
    var pager = context && context.outputs_list && context.outputs_list[0];
    var prefix = pager ? pager.id.replace(/-pager$/, "") : "";
    var element = prefix && document.querySelector('.aq-board[data-board="' + prefix + '"]');
    if (!element) { return; }
    var listed = shown.sections.map(function (section) { return section[0]; });
    var kept = keptSections();
    if (boards.has(element)) { // somebody opened or closed one
      var others = kept.filter(function (name) { return listed.indexOf(name) < 0; });
      var now = others.concat(shown.toggled.filter(function (name) { return others.indexOf(name) < 0; }));
      if (now.join("\u0000") !== kept.join("\u0000")) { keep(now); }
      return;
    }
    boards.add(element);
    // What an address says of its sections holds; else they are as this browser had them last.
    var mine = kept.filter(function (name) { return listed.indexOf(name) >= 0; });
    if (shown.toggled.length || !mine.length) { return; }
    setProps(prefix + "-act", { data: { what: "toggled", value: mine, number: Date.now() } });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.aquariumCharts = {
    // Something of the runs is new: from now on the page says how long ago.
    updated: function () { return [String(Date.now() / 1000), false]; },

    shown: function (shown) {
      if (!shown) { return ["", true, true, "", ""]; }
      watch(FRAMES);
      remember(shown);
      return [
        shown.text,
        shown.page <= 1,
        shown.page >= shown.pages,
        [shown.found, shown.problem].filter(Boolean).join("; "),
        shown.problem ? "true" : ""
      ];
    },

    view: view,

    answer: function (answer) {
      if (answer) { window.aquariumBoard.answered(answer); }
      return window.dash_clientside.no_update;
    }
  };

  /* ---- times count on: a run that stands still must not look fresh ----------------------- */

  function ago(seconds) {
    if (seconds < 2) { return "just now"; }
    if (seconds < 60) { return Math.floor(seconds) + " s ago"; }
    if (seconds < 3600) { return Math.floor(seconds / 60) + " min ago"; }
    if (seconds < 86400) { return Math.floor(seconds / 3600) + " h ago"; }
    return Math.floor(seconds / 86400) + " d ago";
  }

  window.setInterval(function () {
    if (document.hidden) { return; }
    document.querySelectorAll("time[data-since]").forEach(function (time) {
      var text = ago(Date.now() / 1000 - Number(time.dataset.since));
      text = (time.dataset.verb ? time.dataset.verb + " " : "") + text;
      if (time.textContent !== text) { time.textContent = text; }
    });
  }, 1000);

  /* ---- the number beside a slider counts when Enter is pressed, not only when it is left ---- */

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches(".dash-range-slider-input")) { return; }
    event.target.blur();
    event.target.focus();
  });
})();
