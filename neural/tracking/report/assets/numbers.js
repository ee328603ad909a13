// The numbers of the curves: the same reckoning as in neural/tracking (smoothing.py,
// downsampling.py, analysis/aggregate.py); tests hold the two against each other.
var neuralNumbers = (function () {
  "use strict";

  // Debiased exponential moving average; what is not finite passes through and does not count.
  function smooth(values, weight) {
    var made = new Float64Array(values.length), mean = 0, seen = 0;
    for (var i = 0; i < values.length; i++) {
      var value = values[i];
      if (!isFinite(value)) { made[i] = value; continue; }
      mean = weight * mean + (1 - weight) * value;
      seen = weight * seen + (1 - weight);
      made[i] = mean / seen;
    }
    return made;
  }

  // First index at which ascending x is at least (or, with `after`, more than) the limit.
  function search(x, limit, after) {
    var low = 0, high = x.length;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (x[middle] < limit || (after && x[middle] === limit)) { low = middle + 1; } else { high = middle; }
    }
    return low;
  }

  // Indices to draw of ascending x: both ends and the first smallest and first largest value of
  // every pixel column, the neighbours just outside the range, and where the line breaks.
  function reduce(x, y, columns, range) {
    var begin = range ? search(x, range[0], false) : 0;
    var end = range ? Math.max(begin, search(x, range[1], true)) : x.length;
    var kept = [], nan = 0, infinite = 0, i;
    for (i = begin; i < end; i++) {
      if (isNaN(y[i])) { nan++; } else if (!isFinite(y[i])) { infinite++; }
    }
    if (begin > 0) { kept.push(begin - 1); }
    if (end - begin <= 2 * columns) {
      for (i = begin; i < end; i++) { kept.push(i); }
    } else {
      var low = range ? range[0] : x[begin], high = range ? range[1] : x[end - 1];
      var width = (high - low) / columns, at = begin;
      kept.push(begin);
      for (var column = 1; column <= columns && at < end; column++) {
        var edge = low + column * width, least = -1, most = -1;
        for (; at < end && (x[at] < edge || column === columns); at++) {
          if (!isFinite(y[at])) { continue; }
          if (least < 0 || y[at] < y[least]) { least = at; }
          if (most < 0 || y[at] > y[most]) { most = at; }
        }
        if (least >= 0) { kept.push(Math.min(least, most), Math.max(least, most)); }
      }
      kept.push(end - 1);
    }
    if (end < x.length) { kept.push(end); }
    return { kept: withGaps(kept, y), total: end - begin, nan: nan, infinite: infinite };
  }

  // Adds the first value that is not finite after each kept one, so that the line breaks there.
  function withGaps(kept, y) {
    var made = [];
    for (var i = 0; i < kept.length; i++) {
      if (i && kept[i] === kept[i - 1]) { continue; }
      if (i) {
        for (var j = kept[i - 1] + 1; j < kept[i]; j++) {
          if (!isFinite(y[j])) { made.push(j); break; }
        }
      }
      made.push(kept[i]);
    }
    return made;
  }

  // Ascending x, each once, the last value of it; what is not finite becomes NaN.
  function curve(x, y) {
    var order = null, i;
    for (i = 1; i < x.length; i++) { if (!(x[i] > x[i - 1])) { order = true; break; } }
    if (!order) { return { x: x, y: y.map(function (v) { return isFinite(v) ? v : NaN; }) }; }
    order = Array.from(x.keys()).sort(function (a, b) { return x[a] - x[b] || a - b; });
    var xs = [], ys = [];
    for (i = 0; i < order.length; i++) {
      var at = order[i];
      if (xs.length && xs[xs.length - 1] === x[at]) { xs.pop(); ys.pop(); }
      xs.push(x[at]);
      ys.push(isFinite(y[at]) ? y[at] : NaN);
    }
    return { x: Float64Array.from(xs), y: Float64Array.from(ys) };
  }

  function union(curves) {
    var all = 0;
    curves.forEach(function (one) { all += one.x.length; });
    var joined = new Float64Array(all), at = 0;
    curves.forEach(function (one) { joined.set(one.x, at); at += one.x.length; });
    joined.sort();
    var count = 0;
    for (var i = 0; i < joined.length; i++) {
      if (!i || joined[i] !== joined[i - 1]) { joined[count++] = joined[i]; }
    }
    return joined.subarray(0, count);
  }

  // Values of one curve on a grid: linear between neighbours, none outside its range.
  function valuesOn(grid, one) {
    var made = new Float64Array(grid.length).fill(NaN), right = 0;
    for (var i = 0; i < grid.length; i++) {
      while (right < one.x.length && one.x[right] < grid[i]) { right++; }
      if (right === one.x.length) { break; }
      if (one.x[right] === grid[i]) { made[i] = one.y[right]; continue; }
      if (right === 0) { continue; }
      var part = (grid[i] - one.x[right - 1]) / (one.x[right] - one.x[right - 1]);
      made[i] = one.y[right - 1] + part * (one.y[right] - one.y[right - 1]);
    }
    return made;
  }

  // Mean and sample standard deviation of the members that have a value at each position.
  function groupLine(members) {
    var curves = members.map(function (one) { return curve(one.x, one.y); });
    var grid = union(curves), rows = curves.map(function (one) { return valuesOn(grid, one); });
    var made = { x: grid, center: new Float64Array(grid.length), lower: new Float64Array(grid.length),
      upper: new Float64Array(grid.length), n: new Int32Array(grid.length) };
    for (var i = 0; i < grid.length; i++) {
      var sum = 0, n = 0, squares = 0, r;
      for (r = 0; r < rows.length; r++) { if (isFinite(rows[r][i])) { sum += rows[r][i]; n++; } }
      var mean = n ? sum / n : NaN;
      for (r = 0; r < rows.length; r++) { if (isFinite(rows[r][i])) { squares += Math.pow(rows[r][i] - mean, 2); } }
      var spread = n > 1 ? Math.sqrt(squares / (n - 1)) : NaN;
      made.center[i] = mean;
      made.lower[i] = mean - spread;
      made.upper[i] = mean + spread;
      made.n[i] = n;
    }
    return made;
  }

  return { smooth: smooth, reduce: reduce, groupLine: groupLine, curve: curve };
})();
