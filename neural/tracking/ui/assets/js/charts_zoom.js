/* Zoom: linked over the charts of a board, and refined by the server a moment later. */
(function () {
  "use strict";

  var REST = 250; // milliseconds without a further change before the server is asked

  var shared = function () { return window.aquariumBoard; };
  var connected = new WeakSet();
  var busy = 0; // our own changes on their way; they come back as events

  function factor(graph) { return (graph.layout.meta && graph.layout.meta.factor) || 1; }

  // Ends of the x axis in the unit of the view: steps, seconds, values.
  function endsOf(graph) {
    var axis = graph._fullLayout.xaxis;
    return axis.range.map(function (end) { return axis.l2c(axis.r2l(end)) / factor(graph); });
  }

  function rangeFor(graph, ends) {
    var axis = graph._fullLayout.xaxis;
    return ends.map(function (end) { return axis.l2r(axis.c2l(end * factor(graph))); });
  }

  function relayout(graph, change) {
    busy += 1;
    return window.Plotly.relayout(graph, change).finally(function () { busy -= 1; });
  }

  function spread(card, ends) {
    shared().cards(card).forEach(function (other) {
      var graph = other === card ? null : shared().graphOf(other);
      if (!graph) { return; }
      relayout(graph, ends ? { "xaxis.range": rangeFor(graph, ends) } : { "xaxis.autorange": true });
    });
  }

  var timers = new Map();

  function tell(card, ends) {
    var api = shared();
    var z = ends ? ends.join(",") : null;
    if (api.view(card).link === "0") {
      var id = api.partId(card, "own");
      api.setProps(id, { data: Object.assign({}, api.read(id), { z: z }) });
    } else {
      api.setProps(api.viewId(card), { data: Object.assign({}, api.view(card), { z: z }) });
    }
  }

  function later(card, ends) {
    var key = shared().view(card).link === "0" ? card : card.dataset.board;
    window.clearTimeout(timers.get(key));
    timers.set(key, window.setTimeout(function () { tell(card, ends); }, REST));
  }

  function zoomed(card, graph, event) {
    if (busy || !event) { return; }
    var isReset = event["xaxis.autorange"] === true;
    var isZoom = Object.keys(event).some(function (key) { return key.indexOf("xaxis.range") === 0; });
    if (!isReset && !isZoom) { return; }
    var ends = isReset ? null : endsOf(graph);
    if (shared().view(card).link !== "0") { spread(card, ends); }
    later(card, ends);
  }

  function connect(card) {
    var graph = shared().graphOf(card);
    if (!graph || connected.has(graph)) { return; }
    connected.add(graph);
    graph.on("plotly_relayout", function (event) { zoomed(card, graph, event); });
    graph.on("plotly_doubleclick", function () {
      // "Back" goes to the whole, also where the address came with a range.
      spread(card, null);
      relayout(graph, { "xaxis.autorange": true });
      later(card, null);
    });
    graph.on("plotly_afterplot", function () { window.aquariumHover.repaint(graph); });
  }

  // A chart is connected before it can be used: by the pointer that comes to it.
  ["pointerover", "pointerdown", "focusin"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var card = event.target.closest && event.target.closest(".aq-chart[data-board]");
      if (card) { connect(card); }
    }, { capture: true, passive: true });
  });

  window.aquariumZoom = {
    set: function (card, ends) {
      var graph = shared().graphOf(card);
      if (!graph) { return; }
      relayout(graph, ends ? { "xaxis.range": rangeFor(graph, ends) } : { "xaxis.autorange": true });
      if (shared().view(card).link !== "0") { spread(card, ends); }
      later(card, ends);
    },
    ends: endsOf
  };
})();
