/* Cells of the table of runs: text nodes only, so a name of a run is never markup. */
(function () {
  "use strict";

  var table = (window.aquariumTable = window.aquariumTable || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  function h(tag, props) {
    return window.React.createElement.apply(null, [tag, props].concat([].slice.call(arguments, 2)));
  }

  table.h = h;

  function drawing(name) { return h("span", { className: "aq-icon aq-icon-" + name, "aria-hidden": "true" }); }

  // The keys of the same letter press these, so they are no stops of their own.
  function tool(key, icon, words, on, press) {
    return h("button", {
      type: "button", tabIndex: -1, title: words + " (" + key + ")", "aria-label": words, "aria-pressed": on ? "true" : "false",
      className: "aq-row-tool" + (on ? " aq-row-tool-on" : ""), "data-row-key": key,
      onClick: function (event) { event.stopPropagation(); press(); }
    }, drawing(icon));
  }

  function swatch(run) {
    return h("span", { className: table.looks()[run.id] || "aq-dot aq-slot-" + run.slot, "aria-hidden": "true" });
  }

  var asked = 0; // so that asking twice asks twice

  function act(name, id) {
    asked += 1;
    table.setProps("experiments-act", { data: { act: name, id: id, number: asked } });
  }

  // How a row stands to the best one, where the column that says so is not in the table.
  function tie(run) {
    var api = table.grid();
    if (!run.tie || (api && api.getColumn(run.tie[2]))) { return null; }
    return h("span", { className: "aq-badge aq-cell-tie", title: run.tie[1] }, run.tie[0] === "best" ? "best" : "≈ tie");
  }

  function groupName(group) {
    return h("span", { className: "aq-cell-line" },
      h("button", {
        type: "button", tabIndex: -1, className: "aq-row-tool aq-row-tool-on aq-group-toggle", "aria-expanded": group.open ? "true" : "false",
        "aria-label": (group.open ? "Close " : "Open ") + group.name, onClick: function (event) { event.stopPropagation(); table.toggleGroup(group.key); }
      }, drawing("chevron")),
      h("strong", { className: "aq-cell-text", title: group.name }, group.name),
      tie(group),
      h("span", { className: "aq-cell-count" }, group.count + (group.count === 1 ? " run" : " runs")));
  }

  components.AquariumName = function (cell) {
    var run = cell.data;
    if (!run) { return null; }
    if (run.kind === "group") { return groupName(run); }
    var isHidden = table.isHidden(run.id);
    return h("span", { className: "aq-cell-line aq-cell-name" + (run.kind === "member" ? " aq-cell-member" : "") + (isHidden ? " aq-cell-off" : "") },
      swatch(run),
      h("a", { href: run.href, className: "aq-cell-link", title: run.name, tabIndex: -1 }, run.name),
      tie(run),
      run.group ? h("span", { className: "aq-cell-group", title: run.group }, run.group) : null,
      run.archived ? h("span", { className: "aq-cell-group" }, "archived") : null,
      run.problem ? h("span", { className: "aq-cell-problem", title: run.problem }, drawing("warning"), h("span", null, run.problem)) : null,
      h("span", { className: "aq-row-tools" },
        tool("e", "eye", isHidden ? "Show in charts" : "Hide in charts", isHidden, function () { table.toggleHidden(run.id); }),
        tool("p", "pin", run.pinned ? "Unpin" : "Pin to the top", run.pinned, function () { act("pin", run.id); })));
  };

  components.AquariumStatus = function (cell) {
    var run = cell.data;
    if (!run) { return null; }
    return h("span", { className: "aq-badge aq-badge-" + run.look[0] }, drawing(run.look[1]), h("span", null, run.status));
  };

  components.AquariumTags = function (cell) {
    return h("span", { className: "aq-cell-tags" }, (cell.value || []).map(function (tag) {
      return h("span", { key: tag, className: "aq-badge aq-badge-tag", title: tag }, h("span", null, tag));
    }));
  };

  functions.aquariumTagsText = function (params) { return (params.value || []).join(", "); };

  // Tags with a comma in them stay whole as long as nobody changes them.
  functions.aquariumParseTags = function (params) {
    var text = String(params.newValue || "");
    var whole = (params.oldValue || []).filter(function (tag) { return tag.indexOf(",") >= 0 && text.indexOf(tag) >= 0; });
    whole.forEach(function (tag) { text = text.replace(tag, function () { return ""; }); });
    return whole.concat(text.split(",").map(function (tag) { return tag.trim(); }).filter(Boolean));
  };

  table.isRun = function (node) {
    return Boolean(node && node.data && node.id !== undefined && !node.stub && node.data.kind !== "group");
  };

  functions.aquariumEditable = function (params) { return table.isRun(params.node); };

  // Letters are commands, and Enter follows the row; F2 begins an edit everywhere.
  functions.aquariumIsCommand = function (params) {
    if (params.editing) { return false; }
    var key = params.event.key;
    return (key.length === 1 && key !== " ") || key === "Enter";
  };
})();
