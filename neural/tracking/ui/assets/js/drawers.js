/* Drawers beside a page ([data-opens] names one) and small menus: opened by buttons, closed by Escape. */
(function () {
  "use strict";

  function setProps(id, props) { window.dash_clientside.set_props(id, props); }

  function drawer(id, show) {
    var panel = document.getElementById(id);
    if (!panel || panel.hidden === !show) { return; }
    setProps(id, { hidden: !show });
    document.querySelectorAll("[data-opens]").forEach(function (button) {
      if (button.getAttribute("data-opens") === id) { button.setAttribute("aria-expanded", show ? "true" : "false"); }
      else if (show) { drawer(button.getAttribute("data-opens"), false); }
    });
    if (show) { window.requestAnimationFrame(function () { (panel.querySelector("input") || panel.querySelector("button")).focus(); }); }
  }

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-opens]");
    if (opener) { drawer(opener.getAttribute("data-opens"), document.getElementById(opener.getAttribute("data-opens")).hidden); }
    var closer = event.target.closest("[data-closes]");
    if (closer) { drawer(closer.closest(".aq-drawer").id, false); }
    document.querySelectorAll("details.aq-menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") { return; }
    document.querySelectorAll("details.aq-menu[open]").forEach(function (menu) { menu.open = false; });
    if (event.defaultPrevented || event.target.closest("dialog, .ag-cell-inline-editing, .ag-popup")) { return; }
    var panel = document.querySelector(".aq-drawer:not([hidden])");
    if (!panel) { return; }
    drawer(panel.id, false);
    var opener = document.querySelector('[data-opens="' + panel.id + '"]');
    if (opener) { opener.focus(); }
  });
})();
