/* Two runs on the same charts, and their difference; both are asked for again while they move. */
(() => {
  "use strict";

  const { colour, ticks, units } = window.tep;
  const place = document.getElementById("compare");
  const state = document.getElementById("compare-state");
  const form = document.getElementById("tags");
  const hoursPerStep = Number(place.dataset.sampleSeconds) / 3600;
  const branchHours = place.dataset.branchHours === undefined ? null : Number(place.dataset.branchHours);
  const PAGE = 5000;
  const RENEW_MS = 2000;
  const FONT = "11px system-ui, sans-serif";

  /* The readings of one run, by step. */
  class Series {
    constructor(plant, run) {
      this.address = `/api/plants/${plant}/readings?run=${run}&limit=${PAGE}`;
      this.rows = new Map();
      this.last = 0;
    }

    async more() {
      let added = 0;
      for (;;) {
        const response = await fetch(`${this.address}&after=${this.last}`, { headers: { Accept: "application/json" } });
        if (response.status === 401) window.location.reload();
        if (!response.ok) throw new Error(say(gettext("the server answered %(status)s"), { status: response.status }));
        const { readings, more } = await response.json();
        for (const { step, values } of readings) {
          this.rows.set(step, values);
          this.last = step;
        }
        added += readings.length;
        if (!more) return added;
      }
    }
  }

  const one = new Series(place.dataset.one, place.dataset.oneRun);
  const two = new Series(place.dataset.two, place.dataset.twoRun);
  const charts = new Map();

  function axes() {
    const line = { stroke: colour("axis"), font: FONT, grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false } };
    return [
      { ...line, size: 22, gap: 2, ...ticks.hourAxis(64) },
      { ...line, size: 62, gap: 4, ...ticks.valueAxis(30) },
    ];
  }

  /* Where the two part: a line through the chart. */
  function markBranch(chart) {
    if (branchHours === null) return;
    const { ctx, bbox } = chart;
    const x = Math.round(chart.valToPos(branchHours, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.fillStyle = colour("edge-strong");
    ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
  }

  function chartIn(element, series, tell) {
    const size = () => ({ width: Math.max(100, element.clientWidth), height: element.clientHeight });
    const chart = new uPlot(
      {
        ...size(),
        padding: [6, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, sync: { key: "compare" }, drag: { x: true, y: false } },
        scales: { x: { time: false } },
        axes: axes(),
        series: [{}, ...series.map((line) => ({ points: { show: false }, spanGaps: false, ...line }))],
        hooks: { draw: [markBranch], setCursor: [({ cursor }) => tell(cursor.idx)] },
      },
      [[], ...series.map(() => [])],
      element,
    );
    const resized = new ResizeObserver(() => chart.setSize(size()));
    resized.observe(element);
    chart.discard = () => {
      resized.disconnect();
      chart.destroy();
    };
    return chart;
  }

  /* The values under the cursor, in all charts at once; without it the largest difference. */
  function tellAt(shown, index) {
    const [hours, first, second] = shown.both?.data || [[]];
    const said = (value) => (value == null ? gettext("gap") : value.toFixed(shown.decimals));
    const at = index == null || hours[index] === undefined ? null : index;
    const apart = at === null ? null : shown.difference.data[1][at];
    const text =
      at === null
        ? shown.words
        : say(gettext("%(hours)s h: %(one)s and %(other)s, difference %(apart)s"), { hours: hours[at].toFixed(2), one: said(first[at]), other: said(second[at]), apart: said(apart) });
    if (shown.largest.textContent !== text) shown.largest.textContent = text;
  }

  function figureOf({ value, dataset }) {
    const figure = document.createElement("figure");
    figure.className = "pair-chart";
    figure.id = `pair-${dataset.column}`;
    const caption = document.createElement("figcaption");
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = value;
    const largest = document.createElement("span");
    largest.className = "largest";
    caption.append(tag, ` ${dataset.name}, ${dataset.unit}`, largest);
    const [both, difference] = ["both", "difference"].map((name) => {
      const element = document.createElement("div");
      element.className = name;
      element.setAttribute("role", "img");
      const label = name === "both" ? gettext("Both runs of %(tag)s") : gettext("Difference of %(tag)s");
      element.setAttribute("aria-label", say(label, { tag: value }));
      return element;
    });
    figure.append(caption, both, difference);
    place.append(figure);
    const shown = { figure, largest, column: Number(dataset.column), unit: dataset.unit, decimals: Number(dataset.decimals), words: "" };
    const tell = (index) => tellAt(shown, index);
    return Object.assign(shown, {
      both: chartIn(both, [{ stroke: colour("line"), width: 1.6 }, { stroke: colour("truth"), width: 1.6, dash: [2, 3] }], tell),
      difference: chartIn(difference, [{ stroke: colour("text"), width: 1 }], tell),
      discard() {
        for (const chart of [this.both, this.difference]) chart.discard();
        figure.remove();
      },
    });
  }

  /* New samples leave what is zoomed to in sight; a double click goes back to all of it. */
  function give(chart, data) {
    const [known] = chart.data;
    const { min, max } = chart.scales.x;
    const isZoomed = known.length > 1 && (min > known[0] || max < known[known.length - 1]);
    chart.batch(() => {
      chart.setData(data, !isZoomed);
      if (isZoomed) chart.setScale("x", { min, max });
    });
  }

  function draw() {
    const steps = [...new Set([...one.rows.keys(), ...two.rows.keys()])].sort((a, b) => a - b);
    const hours = steps.map((step) => step * hoursPerStep);
    const wanted = new Set();
    for (const box of form.querySelectorAll("input:checked")) {
      wanted.add(box.value);
      if (!charts.has(box.value)) charts.set(box.value, figureOf(box));
      const shown = charts.get(box.value);
      const { column, unit, both, difference, figure } = shown;
      figure.hidden = false;
      const column1 = steps.map((step) => units.inColumn(column, one.rows.get(step)?.[column] ?? null));
      const column2 = steps.map((step) => units.inColumn(column, two.rows.get(step)?.[column] ?? null));
      const apart = column1.map((v, i) => (v === null || column2[i] === null ? null : v - column2[i]));
      give(both, [hours, column1, column2]);
      give(difference, [hours, apart]);
      const known = apart.filter((v) => v !== null).map(Math.abs);
      shown.words = known.length ? say(gettext("largest difference %(value)s %(unit)s"), { value: +Math.max(...known).toPrecision(4), unit }) : gettext("no common sample");
      tellAt(shown, both.cursor.idx);
    }
    for (const [tag, { figure }] of charts) if (!wanted.has(tag)) figure.hidden = true;
  }

  async function renew() {
    try {
      const added = (await one.more()) + (await two.more());
      if (added || !charts.size) draw();
      state.textContent = one.rows.size && two.rows.size ? "" : gettext("One of the two has no reading yet.");
      document.documentElement.dataset.points = String(one.rows.size + two.rows.size);
    } catch (error) {
      state.textContent = say(gettext("The readings could not be loaded (%(reason)s). Trying again."), { reason: error.message });
    }
    setTimeout(renew, RENEW_MS);
  }

  /* In the colours of now; what is zoomed to stays in sight. */
  document.addEventListener("tep:theme", () => {
    const [first] = charts.values();
    const { min, max } = first?.both.scales.x || {};
    for (const chart of charts.values()) chart.discard();
    charts.clear();
    draw();
    for (const { both, difference } of charts.values()) {
      for (const chart of [both, difference]) if (max > min) chart.setScale("x", { min, max });
    }
  });

  form.addEventListener("change", draw);
  renew();
})();
