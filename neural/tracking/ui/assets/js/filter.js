/* The filter box of pages with many runs: what could be typed next, as a list below it (ARIA combobox). */
(function () {
  "use strict";

  var WAIT_MS = 120; // after the last key before the server is asked

  var asked = 0;
  var timer = 0;
  var answer = null; // whose items are shown
  var at = -1; // the item that Enter takes; -1: none

  // A page has one such box; the ids of its parts begin alike: "experiments-filter-".
  function box() { return document.querySelector('[data-filter] input[id$="-filter-text"]'); }
  function idOf(part) { return box().id.replace(/text$/, part); }
  function list() { return box() && document.getElementById(idOf("hints")); }
  function isBox(element) { return element === box() && element !== null; }
  function nothing() { return window.dash_clientside.no_update; }

  function prepare(input) {
    if (input.getAttribute("role") === "combobox") { return; }
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", idOf("hints"));
    input.setAttribute("aria-expanded", "false");
  }

  function close() {
    window.clearTimeout(timer);
    asked += 1; // an answer that is on the way comes too late
    answer = null;
    at = -1;
    var items = list();
    if (items) { items.hidden = true; }
    var input = box();
    if (input) {
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
  }

  function ask() {
    var input = box();
    if (!input || document.activeElement !== input) { return; }
    asked += 1;
    window.dash_clientside.set_props(idOf("typed"), {
      data: { text: input.value, position: input.selectionStart, number: asked }
    });
  }

  function askSoon() {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT_MS);
  }

  function mark(place) {
    var items = list();
    at = place;
    [].forEach.call(items.children, function (item, i) { item.setAttribute("aria-selected", i === at ? "true" : "false"); });
    if (at >= 0) {
      items.children[at].scrollIntoView({ block: "nearest" });
      box().setAttribute("aria-activedescendant", items.children[at].id);
    } else { box().removeAttribute("aria-activedescendant"); }
  }

  function show(found) {
    var items = list();
    var input = box();
    if (!items || !input || document.activeElement !== input || found.number !== asked) { return; }
    if (!found.items.length) { close(); return; }
    answer = found;
    items.replaceChildren.apply(items, found.items.map(function (text, i) {
      var item = document.createElement("li");
      item.id = items.id + "-" + i;
      item.setAttribute("role", "option");
      item.textContent = text; // names of params come through here: never markup
      return item;
    }));
    items.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(-1);
  }

  function take(place) {
    var input = box();
    var word = answer.items[place];
    var head = input.value.slice(0, answer.start);
    var space = head && !/[\s(]$/.test(head) && !/^["'(]/.test(word) ? " " : "";
    var tail = input.value.slice(answer.end);
    var before = head + space + word + (/^\s/.test(tail) ? "" : " ");
    close();
    // As if it were typed, so that the component notices; it waits for a pause by itself.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, before + tail);
    // The input's own does nothing while somebody types, see typing.js.
    HTMLInputElement.prototype.setSelectionRange.call(input, before.length, before.length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("focusin", function (event) { if (isBox(event.target)) { prepare(event.target); } });
  document.addEventListener("focusout", function (event) { if (isBox(event.target)) { close(); } });
  document.addEventListener("input", function (event) { if (isBox(event.target)) { prepare(event.target); askSoon(); } });

  document.addEventListener("mousedown", function (event) {
    var item = event.target.closest(".aq-hints > li");
    if (!item || !answer) { return; }
    event.preventDefault(); // the box keeps the focus
    take([].indexOf.call(list().children, item));
  });

  document.addEventListener("keydown", function (event) {
    if (!isBox(event.target)) { return; }
    if (event.key === "ArrowDown" && !answer) { event.preventDefault(); ask(); return; }
    if (!answer) { return; }
    var many = answer.items.length;
    if (event.key === "ArrowDown") { mark(at + 1 >= many ? 0 : at + 1); }
    else if (event.key === "ArrowUp") { mark(at <= 0 ? many - 1 : at - 1); }
    else if (event.key === "Escape") { close(); event.stopPropagation(); }
    else if (event.key === "Enter" && at >= 0) { take(at); }
    else { return; }
    event.preventDefault();
  }, true);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.aquariumFilter = {
    hint: function (found) {
      if (found) { show(found); }
      return nothing();
    }
  };
})();
