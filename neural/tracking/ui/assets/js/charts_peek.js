/* A click on a line: what it is, its figures, and the way to its run. */
(function () {
  "use strict";

  var STILL = 4; // pixels between press and release that are still a click
  var TWICE = 350; // milliseconds in which a second click makes it a double one, which undoes a zoom

  var shared = function () { return window.aquariumBoard; };
  var pressed = null;
  var waiting = 0;

  function link(key) {
    var href = window.aquarium.prefix() + "experiments/" + encodeURIComponent(key);
    // Groups have no page, and a run's own page need not lead to itself.
    return key.indexOf("group:") === 0 || href === window.location.pathname ? null : href;
  }

  function peek(card, one) {
    var menu = shared().menu;
    var href = link(one.key);
    var rows = shared().figuresOf(card, one.key).map(function (row) {
      return menu.make("div", {}, [
        menu.make("dt", { textContent: row[0] }), menu.make("dd", { className: "aq-number", textContent: row[1] })
      ]);
    });
    var parts = [menu.make("dl", { className: "aq-peek-figures" }, rows)];
    if (href) { parts.push(menu.make("a", { className: "btn btn-outline-primary", href: href, textContent: "Open the run" })); }
    var dialog = menu.open(one.name, menu.make("div", {}, parts));
    dialog.addEventListener("click", function (event) {
      if (event.target.closest("a")) { dialog.close(); }
    });
  }

  document.addEventListener("pointerdown", function (event) {
    window.clearTimeout(waiting);
    pressed = { x: event.clientX, y: event.clientY };
  }, { capture: true, passive: true });

  document.addEventListener("pointerup", function (event) {
    var card = event.target.closest && event.target.closest(".aq-chart[data-board]");
    var still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < STILL;
    pressed = null;
    // Plotly lays an element of its own under a pressed button, outside of the card.
    var under = window.aquariumHover.meant();
    if (!still || event.button !== 0 || event.detail > 1 || !under) { return; }
    if (card && card !== under.card) { return; }
    if (!card && !event.target.classList.contains("dragcover")) { return; }
    waiting = window.setTimeout(function () { peek(under.card, under); }, TWICE);
  }, { capture: true, passive: true });
})();
