/* The command palette: a field and a list that is found by the server; the keyboard never leaves the field. */
(function () {
  "use strict";

  var WAIT_MS = 120; // after the last letter
  var timer = 0;
  var asked = 0; // number of the last question; older answers are dropped
  var entries = [];
  var answered = ""; // the text that the entries belong to
  var runFirst = false; // Enter was pressed before the answer was there
  var chosen = -1;
  var ready = false;

  function app() { return window.aquarium; }
  function dialog() { return app().byId("shell-palette"); }
  function field() { return app().byId("shell-palette-text"); }
  function list() { return app().byId("shell-palette-list"); }

  function prepare() {
    if (ready) { return; }
    ready = true;
    var input = field();
    // dcc.Input knows no such attributes.
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-label", "Find a page, run, metric, view or action");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", "shell-palette-list");
    input.setAttribute("aria-expanded", "true");
    input.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(find, WAIT_MS);
    });
    input.addEventListener("keydown", pressed);
    list().addEventListener("click", function (event) {
      var option = event.target.closest("[role=option]");
      if (option) { run(entries[Number(option.dataset.place)]); }
    });
  }

  function open() {
    var box = dialog();
    if (!box) { return; }
    prepare();
    if (box.open) { box.close(); return; }
    box.showModal();
    field().select();
    runFirst = false;
    find();
  }

  function find() {
    var mine = asked += 1;
    var text = field().value;
    window.fetch(app().prefix() + "api/v1/palette?q=" + encodeURIComponent(text.slice(0, 200)))
      .then(function (answer) {
        if (!answer.ok) { throw new Error("status " + answer.status); }
        return answer.json();
      })
      .then(function (found) { if (mine === asked) { show(found, text); } })
      .catch(function () {
        if (mine === asked) { runFirst = false; show([], text); note("The server does not answer."); }
      });
  }

  function note(text) { app().byId("shell-palette-note").textContent = text; }

  function span(name, text) {
    var part = document.createElement("span");
    part.className = name;
    part.textContent = text; // never markup: names of runs stand here
    return part;
  }

  function show(found, text) {
    entries = found;
    answered = text;
    list().replaceChildren.apply(list(), found.map(function (one, place) {
      var option = document.createElement("li");
      option.id = "shell-palette-" + place;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.place = place;
      option.append(
        span("aq-palette-kind", one.kind), span("aq-palette-text", one.text), span("aq-palette-hint", one.hint)
      );
      return option;
    }));
    note(found.length ? found.length + " found" : "Nothing found for “" + text + "”.");
    choose(found.length ? 0 : -1);
    if (runFirst) {
      runFirst = false;
      if (found.length && dialog().open) { run(found[0]); }
    }
  }

  function choose(place) {
    chosen = place;
    list().childNodes.forEach(function (option, at) {
      option.setAttribute("aria-selected", at === place ? "true" : "false");
    });
    var option = list().childNodes[place];
    if (option) {
      field().setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else { field().removeAttribute("aria-activedescendant"); }
  }

  function pressed(event) {
    var count = entries.length;
    var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && count) { choose((chosen + step + count) % count); }
    else if (event.key === "PageDown" && count) { choose(count - 1); }
    else if (event.key === "PageUp" && count) { choose(0); }
    else if (event.key === "Enter") { enter(); }
    else { return; }
    event.preventDefault();
  }

  function enter() {
    if (field().value !== answered) {
      // What is on the screen belongs to an earlier text: nobody means that.
      runFirst = true;
      window.clearTimeout(timer);
      find();
    } else if (entries[chosen]) { run(entries[chosen]); }
  }

  function run(one) {
    dialog().close();
    if (one.href) { app().visit(one.href); return; }
    var more = { copy: app().copyLink, save: app().openSave };
    var action = app().actions[one.action] || more[one.action];
    if (action) { action(); }
  }

  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("#shell-find-button")) { open(); }
  });
})();
