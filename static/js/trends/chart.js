/* One chart of several traces: lines that can be told apart without colour, bands, limits, words. */
(() => {
  "use strict";

  const FONT = "11px system-ui, sans-serif";
  /* Dashes in px; with its number at its end a line is known in grey, too. */
  const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [12, 5], [2, 6], [8, 2, 2, 2, 2, 2]];
  const zone = document.documentElement.dataset.zone || null;
  const { colour, ticks } = window.tep;

  function element(name, properties = {}, ...children) {
    const made = document.createElement(name);
    Object.assign(made, properties);
    made.append(...children);
    return made;
  }

  function keyOf(index) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [name, value] of Object.entries({ width: 34, height: 12, "aria-hidden": "true" })) svg.setAttribute(name, value);
    const drawn = { x1: 0, x2: 34, y1: 6, y2: 6, stroke: `var(--trace-${index + 1})`, "stroke-width": 2.4, "stroke-dasharray": DASHES[index].join(" ") };
    for (const [name, value] of Object.entries(drawn)) line.setAttribute(name, value);
    svg.append(line);
    return svg;
  }

  class TrendChart {
    /* `traces` are {tag, series, column, name}; `page` has range, wall and what is hidden. */
    constructor(page, traces, { title, scale = null, isDifference = false }) {
      Object.assign(this, { page, traces, title, scale, isDifference });
      this.units = [...new Set(traces.map(({ tag }) => tag.unit))];
      this.series = [...new Set(traces.map(({ series }) => series))];
      this.canvas = element("div", { className: "canvas" });
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", title);
      this.rows = traces.map((trace, i) => this.legendRow(trace, i));
      const body = element("tbody", {}, ...this.rows.map(({ row }) => row));
      const table = element("table", { className: "trend-legend" }, element("caption", { className: "visually-hidden", textContent: say(gettext("Values at the cursor: %(title)s"), { title }) }), body);
      this.figure = element("figure", { className: `trend-chart${isDifference ? " is-difference" : ""}` }, this.canvas, table);
      this.plot = null;
      this.lanes = [];
    }

    legendRow({ tag, name }, i) {
      const value = element("span", { textContent: "–" });
      const delta = element("td", { className: "number delta" });
      const cell = element("td", { className: "number" }, value, element("span", { className: "unit", textContent: tag.unit ? ` ${tag.unit}` : "" }));
      const normal = element("td", { className: "note" });
      const label = element("th", { scope: "row" }, `${i + 1} `, element("span", { className: "tag", textContent: tag.label }), ` ${tag.name}${name ? `, ${name}` : ""}`);
      const row = element("tr", {}, element("td", {}, keyOf(i)), label, cell, delta, normal);
      return { row, value, delta, normal };
    }

    // -- data ---------------------------------------------------------------------------------

    get data() {
      if (this.series.length === 1) {
        const { x, columns } = this.series[0];
        return [x, ...this.traces.map(({ column }) => columns[column])];
      }
      const tables = this.series.map((series) => [series.x, ...this.traces.filter((one) => one.series === series).map(({ column }) => series.columns[column])]);
      const joined = uPlot.join(tables);
      const order = this.series.flatMap((series) => this.traces.filter((one) => one.series === series));
      return [joined[0], ...this.traces.map((trace) => joined[1 + order.indexOf(trace)])];
    }

    draw() {
      this.lanes = window.tep.chartMarks.lanesOf(this);
      if (!this.plot && !this.build()) return;
      const [min, max] = this.page.range;
      this.plot.batch(() => {
        this.plot.setData(this.data, false);
        this.plot.setScale("x", { min, max });
      });
      if (this.plot.cursor.idx == null) this.tell(null);
    }

    build() {
      if (!this.canvas.clientWidth) return false;
      this.plot = new uPlot(this.options(), this.data, this.canvas);
      this.resized = new ResizeObserver(() => this.plot.setSize({ width: this.canvas.clientWidth, height: this.canvas.clientHeight }));
      this.resized.observe(this.canvas);
      this.page.hands.hold(this.plot);
      return true;
    }

    /* Forget what is drawn; it is built anew, in the colours of then, when next drawn. */
    discard() {
      if (!this.plot) return;
      this.resized.disconnect();
      this.plot.destroy();
      this.plot = null;
    }

    // -- drawing ------------------------------------------------------------------------------

    options() {
      const axis = {
        stroke: () => colour("axis"),
        font: FONT,
        grid: { stroke: () => colour("grid"), width: 1 },
        ticks: { stroke: () => colour("grid"), width: 1, size: 4 },
      };
      const scales = { x: { time: this.page.wall } };
      this.units.forEach((unit, i) => (scales[`y${i}`] = { range: (_, min, max) => this.extent(i, min, max) }));
      const values = this.units.slice(0, 2).map((unit, i) => ({
        ...axis,
        scale: `y${i}`,
        side: i ? 1 : 3,
        size: 54,
        space: 24,
        ...(unit ? { label: unit, labelFont: FONT, labelSize: 14, labelGap: 0 } : {}),
        grid: { ...axis.grid, show: i === 0 },
        ...ticks.valueAxis(24),
      }));
      const x = { ...axis, size: 26, space: 64 };
      if (!this.page.wall) Object.assign(x, ticks.hourAxis(64));
      return {
        width: this.canvas.clientWidth,
        height: this.canvas.clientHeight,
        padding: [8, 20, 0, 0],
        legend: { show: false },
        tzDate: (seconds) => (zone ? uPlot.tzDate(new Date(seconds * 1e3), zone) : new Date(seconds * 1e3)),
        scales,
        axes: [x, ...values],
        series: [
          {},
          ...this.traces.map(({ tag }, i) => ({
            scale: `y${this.units.indexOf(tag.unit)}`,
            stroke: () => colour(`trace-${i + 1}`),
            width: 1, // wider lines cost a multiple where the processor draws them
            dash: DASHES[i],
            points: { show: false },
            spanGaps: false,
          })),
        ],
        cursor: {
          y: false,
          points: { size: 6 },
          drag: { x: true, y: false, setScale: false },
          sync: { key: "trends", setSeries: false, scales: ["x", null], filters: { pub: (type) => type.startsWith("mouse") && type !== "mousedown" && type !== "mouseup" } },
          bind: {
            mousedown: (_, target, handler) => (event) => (event.shiftKey ? null : handler(event)),
            dblclick: () => () => this.page.follow(),
          },
        },
        hooks: {
          drawClear: [(plot) => window.tep.chartMarks.behind(this, plot)],
          draw: [(plot) => window.tep.chartMarks.before(this, plot), (plot) => this.page.measure.draw(plot)],
          setCursor: [(plot) => this.tell(plot.cursor.idx)],
          setSelect: [(plot) => this.selected(plot)],
        },
      };
    }

    selected(plot) {
      const { left, width } = plot.select;
      if (width < 4) return;
      const ends = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.page.show(ends);
    }

    ofScale(i) {
      return this.traces.filter(({ tag }) => this.units.indexOf(tag.unit) === i);
    }

    /* The one trace of a scale is seen in front of what is normal for it. */
    extent(i, min, max) {
      if (i === 0 && this.scale) return this.scale;
      const traces = this.ofScale(i);
      let [low, high] = min === null ? [0, 1] : [min, max];
      if (traces.length === 1) {
        const band = this.normalOf(traces[0]);
        if (band) [low, high] = [Math.min(low, band[0]), Math.max(high, band[1])];
        else if (min === null && traces[0].tag.low !== null) [low, high] = [traces[0].tag.low, traces[0].tag.high];
        const reach = high - low;
        const near = this.limitsOf(traces[0]).map(({ value }) => value).filter((value) => value >= low - reach && value <= high + reach);
        [low, high] = [Math.min(low, ...near), Math.max(high, ...near)];
      }
      const margin = (high - low) * 0.08 || Math.abs(high) * 0.01 || 0.5;
      [low, high] = [low - margin, high + margin];
      const above = window.tep.chartMarks.roomAbove(this);
      return [low, high + ((high - low) * above) / (1 - above)];
    }

    normalOf({ tag, series }) {
      if (this.isDifference || this.page.hides("normal")) return null;
      const known = series.said?.normal?.[tag.label];
      return known ? [known[0] - 3 * known[1], known[0] + 3 * known[1]] : null;
    }

    /* Trips, a detector's limit, and the alarm limits of a tag that has the chart for itself. */
    limitsOf({ tag, series }) {
      if (this.isDifference || this.page.hides("limits")) return [];
      const found = tag.trips.map((value) => ({ value, tone: "alarm", word: "trip" }));
      const said = series.said?.limits?.[tag.label];
      if (said !== undefined) found.push({ value: said, tone: "limit", word: "" });
      const isAlone = this.traces.every((other) => other.tag.label === tag.label);
      for (const [word, value] of (isAlone && series.said?.alarm_limits?.[tag.label]) || []) found.push({ value, tone: "limit", word });
      return found;
    }

    /* First and last step that the detector did not judge, where the chart shows what it said. */
    unjudgedOf(series) {
      if (this.isDifference || !this.traces.some((one) => one.series === series && one.tag.column === null)) return null;
      return series.said?.unjudged ?? null;
    }

    get judged() {
      return this.series.find((series) => series.said) || null;
    }

    // -- words --------------------------------------------------------------------------------

    /* The chart has two axes; beyond them a trace has its values in the table only. */
    noteOf(tag, series) {
      if (this.units.indexOf(tag.unit) > 1) return gettext("a scale of its own, without an axis");
      const unjudged = this.unjudgedOf(series);
      if (tag.column === null && unjudged && unjudged[1] >= series.newestStep) return window.tep.chartMarks.unjudgedWords();
      const known = this.isDifference ? null : series.said?.normal?.[tag.label];
      return known ? say(gettext("normal %(range)s"), { range: `${known[0].toFixed(tag.decimals)}\u00a0±\u00a0${(3 * known[1]).toFixed(tag.decimals + 1)}` }) : "";
    }

    tell(index) {
      const data = this.plot ? this.plot.data : this.data;
      this.rows.forEach(({ value, delta, normal, row }, i) => {
        const { tag, series } = this.traces[i];
        let at = index ?? data[0].length - 1;
        // Another run has no row here, or its newest is earlier: the nearest before it counts.
        while (at > 0 && data[i + 1][at] === undefined) at -= 1;
        const told = data[i + 1]?.[at];
        const text = told == null ? "gap" : told.toFixed(tag.decimals);
        if (value.textContent !== text) value.textContent = text;
        row.classList.toggle("at-cursor", index != null);
        const change = this.page.measure.difference(data[i + 1], data[0], index == null ? null : at, tag.decimals);
        if (delta.textContent !== change) delta.textContent = change;
        const words = this.noteOf(tag, series);
        if (normal.textContent !== words) normal.textContent = words;
      });
      this.page.cursorAt(index == null ? null : data[0][index], this.series[0]);
    }
  }

  Object.assign(window.tep, { TrendChart, element });
})();
