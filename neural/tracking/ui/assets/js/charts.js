/* The browser's side of chart boards: which charts are in sight, times that pass, tabs by arrow keys. */
(function () {
  "use strict";

  var FRAMES = 60; // so long a new list may take until it is on the page
  var AHEAD = "200px"; // a chart is fetched this far before it comes into sight

  function setProps(id, props) { window.dash_clientside.set_props(id, props); }

  /* ---- charts are fetched when they come into sight ---------------------------- */

  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) { return; }
      var card = entry.target;
      watcher.unobserve(card);
      setProps(
        { index: card.dataset.index, type: card.dataset.board + "-seen" },
        { data: card.dataset.metric }
      );
    });
  }, { rootMargin: AHEAD });

  function watch(frames) {
    document.querySelectorAll(".aq-chart[data-board]:not([data-watched])").forEach(function (card) {
      card.setAttribute("data-watched", "");
      watcher.observe(card);
    });
    if (frames > 0) { window.requestAnimationFrame(function () { watch(frames - 1); }); }
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.aquariumCharts = {
    // Something of the runs is new: from now on the page says how long ago.
    updated: function () { return [String(Date.now() / 1000), false]; },

    shown: function (shown) {
      if (!shown) { return ["", true, true]; }
      watch(FRAMES);
      return [shown.text, shown.number <= 1, shown.number >= shown.pages];
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

  /* ---- tabs: arrow keys move along the row ----------------------------------------- */

  document.addEventListener("keydown", function (event) {
    var tab = event.target.closest && event.target.closest("[role=tab]");
    var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) { return; }
    var row = [].slice.call(tab.closest("[role=tablist]").querySelectorAll("[role=tab]"));
    var next = row[(row.indexOf(tab) + step + row.length) % row.length];
    event.preventDefault();
    next.focus();
    next.click();
  });
})();
