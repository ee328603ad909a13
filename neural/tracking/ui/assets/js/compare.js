/* The page that compares runs: its list of runs, and logs side by side. */
(function () {
  "use strict";

  var RETRY_MS = 2000; // between two looks at the log of a run that goes on
  var MOST_LINES = 5000; // of one log on the page; the oldest go first
  var acts = 0;

  function app() { return window.aquarium; }

  /* ---- the list of runs -------------------------------------------------------- */

  function act(button, shift) {
    var what = button.dataset.compare === "eye" && shift ? "only" : button.dataset.compare;
    acts += 1;
    app().setProps("compare-act", { data: { what: what, run: button.dataset.run || "", n: acts } });
  }

  // Before the shell follows the link: the address may have changed since the link was drawn.
  function without(link) {
    var query = new URLSearchParams(window.location.search);
    var left = (query.get("runs") || "").split(",").filter(function (id) {
      return id && id !== link.dataset.compareDrop;
    });
    if (!query.has("runs")) { return; } // a saved view: the link says all there is
    query.set("runs", left.join(","));
    link.setAttribute("href", window.location.pathname + "?" + query.toString());
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-compare-drop]");
    if (link) { without(link); return; }
    var button = event.target.closest && event.target.closest("button[data-compare]");
    if (button) { act(button, event.shiftKey); }
  }, true);

  function runs() { return [].slice.call(document.querySelectorAll(".aq-runs > li")); }

  function moveTo(step) {
    var all = runs();
    var mine = all.indexOf(document.activeElement.closest(".aq-runs > li"));
    var next = all[mine < 0 ? 0 : Math.max(0, Math.min(all.length - 1, mine + step))];
    if (next) { next.querySelector("a, button").focus(); }
    return Boolean(next);
  }

  function press(key) {
    var item = document.activeElement.closest(".aq-runs > li");
    var found = item && item.querySelector('[data-compare-key="' + key + '"]');
    if (found) { found.click(); }
    return Boolean(found);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    if (document.documentElement.dataset.keys === "off" || !document.querySelector(".aq-runs")) { return; }
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [role=combobox], dialog")) { return; }
    var done = false;
    if (event.key === "j" || event.key === "k") { done = moveTo(event.key === "j" ? 1 : -1); }
    if (["e", "p", "x"].indexOf(event.key) >= 0) { done = press(event.key); }
    if (done) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  /* ---- logs side by side ---------------------------------------------------------- */

  // Pieces of text with names of styles (ui/ansi.py): what a run printed is never markup here.
  function row(number, pieces) {
    var line = document.createElement("div");
    var place = document.createElement("span");
    var text = document.createElement("span");
    line.className = "aq-log-line";
    place.className = "aq-log-n";
    place.textContent = number;
    text.className = "aq-log-text";
    (pieces || []).forEach(function (piece) {
      var span = document.createElement("span");
      span.className = piece[1] || "";
      span.style.cssText = piece[2] || "";
      span.textContent = piece[0];
      text.append(span);
    });
    line.append(place, text);
    return line;
  }

  function note(view, text) {
    var place = view.parentElement.querySelector(".aq-log-note");
    if (place) { place.textContent = text; }
  }

  function ask(view, search) {
    return window.fetch(view.dataset.compareLog + search).then(function (answer) {
      return answer.json().then(function (found) {
        if (answer.status === 404) { return { start: 0, end: 0, line: 1, lines: [], tail: null, size: 0 }; }
        if (!answer.ok) { throw new Error(found.message || "status " + answer.status); }
        return found;
      });
    });
  }

  function fill(view, part, state) {
    var atEnd = view.scrollTop + view.clientHeight >= view.scrollHeight - 24;
    if (state.tail) { state.tail.remove(); state.tail = null; }
    part.lines.forEach(function (pieces, place) { view.append(row(state.next + place, pieces)); });
    state.next += part.lines.length;
    state.end = part.end;
    if (part.tail) { state.tail = row(state.next, part.tail); view.append(state.tail); }
    while (view.children.length > MOST_LINES) { view.firstChild.remove(); state.cut = true; }
    if (atEnd) { view.scrollTop = view.scrollHeight; }
    var lines = state.next - 1;
    var words = lines ? lines.toLocaleString("en") + (lines === 1 ? " line" : " lines") : "Nothing was printed here";
    if (state.first > 1 || state.cut) { words += ", the last of them shown; the whole log is on the page of the run"; }
    note(view, words);
  }

  function follow(view, state) {
    if (view.dataset.alive !== "true") { return; }
    window.setTimeout(function () {
      if (!view.isConnected) { return; }
      if (document.hidden) { follow(view, state); return; }
      ask(view, "?offset=" + state.end)
        .then(function (part) { fill(view, part, state); })
        .catch(function (error) { note(view, error.message); })
        .then(function () { follow(view, state); });
    }, RETRY_MS);
  }

  function begin(view) {
    view.dataset.begun = view.dataset.compareLog;
    view.replaceChildren();
    var state = { next: 1, first: 1, end: 0, tail: null, cut: false };
    ask(view, "").then(function (part) {
      state.next = part.line;
      state.first = part.line;
      fill(view, part, state);
      view.scrollTop = view.scrollHeight;
      follow(view, state);
    }).catch(function (error) { note(view, error.message); });
  }

  new MutationObserver(function () {
    document.querySelectorAll("[data-compare-log]").forEach(function (view) {
      if (view.dataset.begun !== view.dataset.compareLog) { begin(view); }
    });
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-compare-log"] });
})();
