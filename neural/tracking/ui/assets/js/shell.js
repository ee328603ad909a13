/* The browser's side of the shell: address, live state, theme, toasts. Keys, palette and views have files of their own. */
(function () {
  "use strict";

  var TICK = "shell-tick";
  var STALE_AFTER = 3; // failed looks in a row before the page says that it is stale
  var RETRY_MS = 2000; // between two looks while the server does not answer
  var IDLE_MS = 3000; // between two looks while no run is written
  var SLOWEST_MS = 10000;
  var LONGEST = 1800; // characters of an address; what is longer becomes a saved view
  var SHARE = 20; // a look may take one part in so many of the time between two

  function byId(id) { return document.getElementById(id); }

  function setProps(id, props) {
    if (window.dash_clientside && window.dash_clientside.set_props) {
      window.dash_clientside.set_props(id, props);
    }
  }

  function runningMs() { // between two looks while runs are written
    return 1000 * (Number(document.documentElement.dataset.refresh) || 2);
  }

  function prefix() {
    var config = JSON.parse(byId("_dash-config").textContent);
    return config.requests_pathname_prefix || "/";
  }

  /* ---- address -------------------------------------------------------- */

  var shown = null; // the address whose layout is on the screen

  function here() { return { pathname: window.location.pathname, search: window.location.search }; }
  function key(route) { return route.pathname + route.search; }

  function go(force) {
    var route = here();
    if (!force && key(route) === shown) { return window.dash_clientside.no_update; }
    shown = key(route);
    return route;
  }

  function moved() {
    // dcc.Location alone would miss a step back to an address that a page wrote itself.
    var route = go(false);
    if (route !== window.dash_clientside.no_update) { setProps("shell-route", { data: route }); }
  }

  window.addEventListener("popstate", moved);
  window.addEventListener("_dashprivate_pushstate", moved);

  var writes = 0;

  function write(view) {
    if (!view || typeof view.search !== "string") { return; }
    // An answer that comes when its page was left must not write into the next one's address.
    if (view.path && view.path !== window.location.pathname) { return; }
    writes += 1;
    if (view.search === window.location.search) { return; }
    if (window.location.pathname.length + view.search.length <= LONGEST) {
      put(view.search, view.push);
      return;
    }
    var mine = writes;
    var page = window.location.pathname;
    window.aquarium.saveView("", page, view.search)
      .then(function (saved) { return "?view=" + saved.id; })
      // The store may be read-only. A long address works here, if not everywhere.
      .catch(function () { return view.search; })
      .then(function (search) {
        if (mine === writes && page === window.location.pathname) { put(search, view.push); }
      });
  }

  function put(search, push) {
    if (search === window.location.search) { return; }
    var address = window.location.pathname + search + window.location.hash;
    window.history[push ? "pushState" : "replaceState"]({}, "", address);
    shown = key(here());
  }

  function visit(href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  // Every plain link inside the application changes the address without a reload.
  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button !== 0) { return; }
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
    var link = event.target.closest("a[href]");
    if (!link || link.target || link.hasAttribute("download")) { return; }
    if (link.origin !== window.location.origin || link.getAttribute("href")[0] === "#") { return; }
    var base = prefix();
    if (!link.pathname.startsWith(base)) { return; }
    if (/^(api|assets|_dash[^/]*)(\/|$)/.test(link.pathname.slice(base.length))) { return; }
    event.preventDefault();
    visit(link.href);
  });

  var arrivals = 0;

  function arrived(page) {
    if (!page) { return; }
    document.title = page.title ? page.title + " · Aquarium" : "Aquarium";
    arrivals += 1;
    if (arrivals === 1) { return; } // the first page of a visit takes no focus
    window.scrollTo(0, 0);
    var content = byId("content");
    if (content) { content.focus({ preventScroll: true }); }
    var announce = byId("shell-announce");
    if (announce) { announce.textContent = page.title || ""; }
  }

  /* ---- live ------------------------------------------------------------ */

  var failures = 0;
  var pace = null; // as set last; setting it again would restart the timer
  var lastSeen = null;
  var paused = false;
  var looking = false;

  function showLive(state, text, title) {
    var box = byId("shell-live-state");
    if (!box) { return; }
    box.setAttribute("data-state", state);
    byId("shell-live-text").textContent = text;
    box.title = title || "";
    var banner = byId("shell-stale");
    if (banner) { banner.hidden = state !== "stale"; }
    document.documentElement.setAttribute("data-live", state);
    showAge();
  }

  function showAge() {
    var age = byId("shell-live-age");
    var text = ago() && "updated " + ago();
    if (age && age.textContent !== text) { age.textContent = text; }
    var since = byId("shell-stale-since");
    if (since && failures >= STALE_AFTER) { since.textContent = ago() ? " Last answer " + ago() + "." : ""; }
  }

  window.setInterval(function () { if (!document.hidden) { showAge(); } }, 1000);

  function ago() {
    if (lastSeen === null) { return ""; }
    var seconds = Math.max(0, Math.round((Date.now() - lastSeen) / 1000));
    if (seconds < 60) { return seconds + " s ago"; }
    return Math.round(seconds / 60) + " min ago";
  }

  function setPace(interval) {
    if (interval === pace) { return; }
    pace = interval;
    setProps(TICK, { interval: interval });
  }

  function paceFor(running, took) {
    // A store of many runs on a slow disk is looked at less often; whole seconds, so
    // that the timer is not set anew for every small difference.
    var chosen = running > 0 ? runningMs() : Math.max(IDLE_MS, runningMs());
    return Math.max(chosen, Math.min(SLOWEST_MS, 1000 * Math.ceil(SHARE * took / 1000)));
  }

  function seen(live, took) {
    failures = 0;
    lastSeen = Date.now();
    var running = live.running || 0;
    setPace(paceFor(running, took));
    showLive(
      running > 0 ? "running" : "idle",
      running > 0 ? "Live, " + running + " running" : "Live",
      "Looks for new data every " + pace / 1000 + " s; press to pause"
    );
  }

  function missed() {
    failures += 1;
    setPace(RETRY_MS);
    if (failures >= STALE_AFTER) {
      showLive("stale", "No answer", "The server has not answered; last data " + ago());
    }
  }

  function look(previous) {
    var nothing = window.dash_clientside.no_update;
    if (paused || looking || document.hidden) { return nothing; }
    looking = true;
    var began = window.performance.now();
    return window.fetch(prefix() + "api/v1/live", { headers: { Accept: "application/json" } })
      .then(function (answer) {
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      })
      .then(function (live) {
        seen(live, window.performance.now() - began);
        var same = previous && previous.revision === live.revision;
        return same ? nothing : live;
      })
      .catch(function () { missed(); return nothing; })
      .finally(function () { looking = false; });
  }

  function pause() {
    paused = !paused;
    setProps(TICK, { disabled: paused || document.hidden });
    if (paused) { showLive("paused", "Paused", "Live updates are paused"); }
    else { showLive("idle", "Live", ""); }
    byId("shell-live-state").setAttribute("aria-pressed", paused ? "true" : "false");
  }

  function refresh() {
    // Also while paused: this one look was asked for.
    var was = paused;
    paused = false;
    Promise.resolve(look(null)).then(function (live) {
      if (live && live.revision) { setProps("shell-live", { data: live }); }
      if (was) { showLive("paused", "Paused", "Live updates are paused"); }
    });
    paused = was;
  }

  document.addEventListener("visibilitychange", function () {
    setProps(TICK, { disabled: document.hidden || paused });
  });

  /* ---- theme and density ------------------------------------------------- */

  var ORDER = ["system", "dark", "light"];

  function showTheme() {
    var button = byId("shell-theme-button");
    if (!button || !window.aquariumTheme) { return; }
    var choice = window.aquariumTheme.choice();
    button.setAttribute("aria-label", "Theme: " + choice);
    button.title = "Theme: " + choice + " (t)";
  }

  function nextTheme() {
    window.aquariumTheme.choose(ORDER[(ORDER.indexOf(window.aquariumTheme.choice()) + 1) % ORDER.length]);
  }

  var told = null; // the theme that the pages know

  function theme() {
    showTheme();
    if (told === window.aquariumTheme.inForce()) { return window.dash_clientside.no_update; }
    told = window.aquariumTheme.inForce();
    return told;
  }

  window.addEventListener("aquarium-theme", function (event) {
    showTheme();
    if (told === event.detail) { return; }
    told = event.detail;
    setProps("shell-theme", { data: told });
  });

  /* ---- toasts ----------------------------------------------------------- */

  var TOAST_MS = 8000;

  var TOAST_ICONS = { ok: "check", warn: "warning", error: "error" };

  function drawing(name) {
    var icon = document.createElement("span");
    icon.className = "aq-icon aq-icon-" + name;
    icon.setAttribute("aria-hidden", "true");
    return icon;
  }

  function toast(message) {
    var area = byId("shell-toasts");
    if (!message || !message.text || !area) { return; }
    var box = document.createElement("div");
    box.className = "aq-toast aq-toast-" + (message.kind || "info");
    var sign = drawing(TOAST_ICONS[message.kind] || "info");
    var text = document.createElement("span");
    text.className = "aq-toast-text";
    text.textContent = message.text; // never markup: names of runs come through here
    var close = document.createElement("button");
    close.type = "button";
    close.className = "aq-icon-button";
    close.setAttribute("aria-label", "Close message");
    close.append(drawing("close"));
    close.addEventListener("click", function () { box.remove(); });
    box.append(sign, text, close);
    area.append(box);
    if (message.kind !== "error") { window.setTimeout(function () { box.remove(); }, TOAST_MS); }
  }

  /* ---- buttons ------------------------------------------------------------ */

  function open(id) {
    var dialog = byId(id);
    if (!dialog) { return; }
    if (dialog.open) { dialog.close(); } else { dialog.showModal(); }
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("#shell-help-button")) { open("shell-help"); }
    if (event.target.closest("[data-close]")) { event.target.closest("dialog").close(); }
    if (event.target.matches("dialog[open]")) { event.target.close(); } // beside what it shows
    if (event.target.closest("[data-reload]")) { window.location.reload(); }
    // Not by Dash, which may count two quick clicks as one.
    if (event.target.closest("#shell-density-button")) { window.aquariumTheme.toggleDensity(); }
    if (event.target.closest("#shell-theme-button")) { nextTheme(); }
    if (event.target.closest("#shell-live-state")) { pause(); }
  });

  /* ---- names of sliders -------------------------------------------------- */

  // dcc.Slider draws its handles and number boxes without a name; the label of the
  // field round them (components.labelled) is theirs.
  function nameControls() {
    naming = 0;
    var bare = ":not([aria-label]):not([aria-labelledby])";
    document.querySelectorAll(
      ".aq-field [role=slider]" + bare + ", .aq-field input[type=number]" + bare
    ).forEach(function (control) {
      var label = control.closest(".aq-field").getAttribute("aria-labelledby");
      if (label) { control.setAttribute("aria-labelledby", label); }
    });
  }

  var naming = 0;

  new MutationObserver(function () {
    if (!naming) { naming = window.requestAnimationFrame(nameControls); }
  }).observe(document.documentElement, { childList: true, subtree: true });

  /* ---- what the other files of the shell use --------------------------------- */

  window.aquarium = Object.assign(window.aquarium || {}, {
    byId: byId,
    prefix: prefix,
    setProps: setProps,
    write: write,
    visit: visit,
    toast: function (text, kind) { toast({ text: text, kind: kind }); },
    actions: {
      theme: function () { nextTheme(); },
      density: function () { window.aquariumTheme.toggleDensity(); },
      pause: pause,
      refresh: refresh,
      help: function () { open("shell-help"); }
    }
  });

  /* ---- what the shell's callbacks call -------------------------------------- */

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.aquarium = {
    route: function () { return go(false); },
    write: function (view) { write(view); return window.dash_clientside.no_update; },
    arrived: function (page) { arrived(page); return window.dash_clientside.no_update; },
    look: function (ticks, previous) { return look(previous); },
    theme: theme,
    settings: function (chosen, density, refreshed, keys) {
      window.aquariumTheme.follow(chosen, density);
      document.documentElement.dataset.refresh = refreshed;
      document.documentElement.dataset.keys = keys && keys.length ? "on" : "off";
      return window.dash_clientside.no_update;
    },
    toast: function (message) { toast(message); return window.dash_clientside.no_update; }
  };
})();
