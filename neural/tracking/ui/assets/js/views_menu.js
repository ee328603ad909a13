/* The menu of saved views in the head of a page ([data-views] names the page): filled when it opens. */
(function () {
  "use strict";

  function app() { return window.aquarium; }

  function failed(error) { app().toast(error.message, "error"); }

  function button(icon, words, press) {
    var made = document.createElement("button");
    var drawing = document.createElement("span");
    drawing.className = "aq-icon aq-icon-" + icon;
    drawing.setAttribute("aria-hidden", "true");
    made.type = "button";
    made.className = "aq-icon-button";
    made.title = words;
    made.setAttribute("aria-label", words);
    made.append(drawing);
    made.addEventListener("click", function (event) {
      event.stopPropagation(); // what is replaced here would count as a click beside the menu
      press();
    });
    return made;
  }

  function note(text) {
    var item = document.createElement("li");
    item.className = "aq-hint";
    item.textContent = text;
    return item;
  }

  function remove(menu, view) {
    if (!window.confirm("Delete the view “" + view.name + "”? Links to it will lead nowhere.")) { return; }
    app().askViews("DELETE", "/" + encodeURIComponent(view.id)).then(function () { fill(menu); }).catch(failed);
  }

  function rename(menu, view, item) {
    var field = document.createElement("input");
    field.type = "text";
    field.value = view.name;
    field.maxLength = 200;
    field.className = "form-control form-control-sm";
    field.setAttribute("aria-label", "New name of " + view.name);
    var over = false;

    function done(keep) {
      var name = field.value.trim();
      if (over) { return; }
      over = true;
      if (!keep || !name || name === view.name) { fill(menu); return; }
      app().askViews("PATCH", "/" + encodeURIComponent(view.id), { name: name }).catch(failed).then(function () { fill(menu); });
    }

    field.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" && event.key !== "Escape") { return; }
      event.preventDefault();
      event.stopPropagation(); // Escape ends the change of the name, not the menu
      done(event.key === "Enter");
    });
    field.addEventListener("blur", function () { done(true); });
    item.replaceChildren(field);
    field.focus();
    field.select();
  }

  function line(menu, view) {
    var item = document.createElement("li");
    var link = document.createElement("a");
    link.href = view.href;
    link.textContent = view.name; // a text of a user: never markup
    link.title = view.name;
    link.addEventListener("click", function () { menu.open = false; });
    item.append(
      link,
      button("edit", "Rename " + view.name, function () { rename(menu, view, item); }),
      button("trash", "Delete " + view.name, function () { remove(menu, view); })
    );
    return item;
  }

  function fill(menu) {
    app().askViews("GET", "").then(function (views) {
      var mine = views.filter(function (view) { return view.page === menu.dataset.views && view.name && !view.problem; });
      menu.querySelector("ul").replaceChildren.apply(
        menu.querySelector("ul"),
        mine.length ? mine.map(function (view) { return line(menu, view); })
          : [note("No saved views yet. Filter, sort and choose columns, then save what you see.")]
      );
    }).catch(failed);
  }

  // This event does not bubble.
  document.addEventListener("toggle", function (event) {
    if (event.target.matches && event.target.matches("details[data-views]") && event.target.open) { fill(event.target); }
  }, true);

  document.addEventListener("click", function (event) {
    var save = event.target.closest("[data-views-save]");
    if (!save) { return; }
    save.closest("details").open = false;
    app().openSave();
  });
})();
