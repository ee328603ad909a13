/* How the table of runs looks: its theme, and times, which are reckoned here since they change while nothing else does. */
(function () {
  "use strict";

  var table = (window.aquariumTable = window.aquariumTable || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  var TIMES = ["created", "duration"];
  var SLOW_MS = 10000; // between two looks at the clock

  var UNITS = [["d", 86400], ["h", 3600], ["min", 60]];

  function largest(seconds) {
    for (var i = 0; i < UNITS.length; i += 1) {
      if (seconds >= UNITS[i][1]) { return Math.floor(seconds / UNITS[i][1]) + " " + UNITS[i][0]; }
    }
    return Math.floor(seconds) + " s";
  }

  function span(seconds) {
    var whole = Math.floor(seconds);
    function two(n) { return (n < 10 ? "0" : "") + n; }
    if (seconds < 60) { return (seconds < 10 ? Math.round(seconds * 10) / 10 : whole) + " s"; }
    if (whole < 3600) { return Math.floor(whole / 60) + " min " + two(whole % 60) + " s"; }
    if (whole < 86400) { return Math.floor(whole / 3600) + " h " + two(Math.floor((whole % 3600) / 60)) + " min"; }
    return Math.floor(whole / 86400) + " d " + two(Math.floor((whole % 86400) / 3600)) + " h";
  }

  functions.aquariumId = function (params) { return params.data && params.data.kind !== "group" ? params.value : ""; };

  functions.aquariumAgo = function (params) {
    if (params.value === null || params.value === undefined) { return ""; }
    var passed = Date.now() / 1000 - params.value;
    return passed < 2 ? "just now" : largest(passed) + " ago";
  };

  functions.aquariumSpan = function (params) {
    var run = params.data;
    if (!run || run.duration === null || run.duration === undefined) { return ""; }
    var running = run.status === "running" && run.created !== null;
    return span(running ? Math.max(0, Date.now() / 1000 - run.created) : run.duration);
  };

  functions.aquariumWhen = function (params) {
    return params.data ? params.data.when : "";
  };

  functions.aquariumFull = function (params) {
    var full = params.data && params.data.full ? params.data.full[params.colDef.field] : "";
    var standing = standingIn(params);
    return [standing && params.data.tie[1], full].filter(Boolean).join(" · ");
  };

  // How a row stands to the best one, as far as the figures can tell; in the column it is about.
  function standingIn(params) {
    var tie = params.data && params.data.tie;
    return tie && tie[2] === params.colDef.field ? tie[0] : "";
  }

  functions.aquariumIsBest = function (params) { return standingIn(params) === "best"; };
  functions.aquariumIsTied = function (params) { return standingIn(params) === "tied"; };

  window.setInterval(function () {
    var api = document.hidden ? null : table.grid();
    if (api && !api.isDestroyed()) { api.refreshCells({ columns: TIMES }); }
  }, SLOW_MS);

  /* ---- look: our colours by name, so that a change of theme needs no new table - */

  functions.aquariumTheme = function (base) {
    return base.withParams({
      accentColor: "var(--aq-accent)",
      backgroundColor: "var(--aq-panel)",
      borderColor: "var(--aq-hairline)",
      browserColorScheme: "inherit",
      cellHorizontalPadding: 9,
      checkboxUncheckedBorderColor: "var(--aq-border)",
      chromeBackgroundColor: "var(--aq-panel)",
      fontFamily: "var(--aq-font)",
      fontSize: 13,
      foregroundColor: "var(--aq-text)",
      headerColumnResizeHandleHeight: 12,
      headerFontSize: 12,
      headerFontWeight: 600,
      headerHeight: "var(--aq-row)",
      headerTextColor: "var(--aq-muted)",
      rowHeight: "var(--aq-row)",
      rowHoverColor: "var(--aq-hover)",
      selectedRowBackgroundColor: "var(--aq-selected)",
      spacing: 5,
      wrapperBorderRadius: "var(--aq-radius-card)"
    });
  };
})();
