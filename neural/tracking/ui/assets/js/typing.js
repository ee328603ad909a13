/* A box that is typed in is never overwritten. */
(function () {
  "use strict";

  // dcc.Input tells what was typed after a pause, and once that is told puts it back into the box.
  // While the browser is busy letters come in between, and would be lost. Boxes that only a person
  // fills are marked by [data-typed]; others are emptied by the page while they have the focus.
  var BOXES = "[data-filter] input, [data-typed] input";

  var plain = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
  var select = HTMLInputElement.prototype.setSelectionRange;

  function guard(input) {
    var reacts = Object.getOwnPropertyDescriptor(input, "value");
    if (!reacts || reacts.set.isGuard) { return; }
    var set = function (text) {
      var typed = plain.get.call(this);
      var from = this.selectionStart, to = this.selectionEnd;
      reacts.set.call(this, text); // it keeps in mind what it wrote: what differs was typed
      if (document.activeElement !== this || String(text) === typed) { return; }
      plain.set.call(this, typed);
      select.call(this, from, to);
      // Not at once: React is in the middle of drawing.
      window.setTimeout(function () { this.dispatchEvent(new Event("input", { bubbles: true })); }.bind(this), 0);
    };
    set.isGuard = true;
    Object.defineProperty(input, "value", { configurable: true, enumerable: reacts.enumerable, get: reacts.get, set: set });
    // The component also leads the caret back to where it was a moment ago: before the letters that
    // came since, so that the next ones would land in the middle of the word.
    Object.defineProperty(input, "setSelectionRange", {
      configurable: true,
      value: function (from, to) { if (document.activeElement !== this) { select.call(this, from, to); } }
    });
  }

  document.addEventListener("focusin", function (event) {
    if (event.target.matches(BOXES)) { guard(event.target); }
  });
})();
