/* One small chart: a line and what it says; `paint.js` draws what is behind and before the line. */
(() => {
  "use strict";

  const { colour, paint, ticks } = window.tep;
  const FONT = "11px system-ui, sans-serif";
  const SYNCED = new Set(["mousemove", "mouseleave", "mouseenter"]);

  function compact(value) {
    const size = Math.abs(value);
    if (size >= 1e9 || (size > 0 && size < 1e-4)) return value.toExponential(1);
    if (size >= 1e6) return `${+(value / 1e6).toPrecision(5)}M`;
    if (size >= 1e4) return `${+(value / 1e3).toPrecision(5)}k`;
    return String(+value.toPrecision(5));
  }

  /* 1, 2 and 5 of each power of ten within a logarithmic axis; their powers alone if it is long. */
  function logarithmicTicks(min, max) {
    const low = Math.floor(Math.log10(min));
    const high = Math.ceil(Math.log10(max));
    const steps = high - low > 3 ? [1] : [1, 2, 5];
    const ticks = [];
    for (let power = low; power <= high; power += 1) {
      for (const step of steps) ticks.push(step * 10 ** power);
    }
    return ticks.filter((tick) => tick >= min && tick <= max);
  }

  const short = (value) => String(+value.toPrecision(3));

  class Trend {
    constructor(figure, board) {
      this.figure = figure;
      this.board = board;
      this.plot = figure.querySelector(".plot");
      this.value = figure.querySelector(".trend-value");
      this.state = figure.querySelector(".trend-state");
      this.visible = false;
      this.chart = null;
      const { dataset } = figure;
      this.statistic = dataset.statistic || null;
      this.column = Number(dataset.column);
      this.label = dataset.label;
      this.unjudged = dataset.unjudged;
      this.decimals = this.statistic ? (this.statistic === "ratio" ? 2 : 1) : Number(dataset.decimals);
      for (const name of ["low", "high", "tripLow", "tripHigh"]) {
        this[name] = dataset[name] === undefined ? null : Number(dataset[name]);
      }
    }

    get data() {
      const { samples, scores } = this.board;
      if (!this.statistic) return [samples.hours, samples.columns[this.column]];
      const { columns } = scores;
      return [scores.hours, columns[this.statistic], columns[`${this.statistic}_limit`]];
    }

    // -- drawing ------------------------------------------------------------------------------

    draw() {
      if (!this.visible || (!this.chart && !this.build())) {
        this.tellLatest();
        return;
      }
      const [min, max] = this.board.range;
      this.chart.batch(() => {
        this.chart.setData(this.data, false);
        this.chart.setScale("x", { min, max });
      });
      if (this.chart.cursor.idx == null) this.tellLatest();
    }

    /* Returns whether there was room for it. */
    build() {
      if (!this.plot.clientWidth) return false;
      this.chart = new uPlot(this.options(), this.data, this.plot);
      this.resized = new ResizeObserver(() => {
        this.chart.setSize({ width: this.plot.clientWidth, height: this.plot.clientHeight });
      });
      this.resized.observe(this.plot);
      return true;
    }

    /* Forget the chart; it is built anew when next drawn. */
    discard() {
      if (!this.chart) return;
      this.resized.disconnect();
      this.chart.destroy();
      this.chart = null;
    }

    options() {
      const axis = {
        stroke: colour("axis"),
        font: FONT,
        grid: { stroke: colour("grid"), width: 1 },
        ticks: { stroke: colour("grid"), width: 1, size: 4 },
      };
      const value = {
        ...axis,
        size: 46,
        gap: 4,
        space: 20,
        ...ticks.valueAxis(20),
      };
      const logarithmic = Boolean(this.statistic) && this.board.log;
      if (logarithmic) {
        value.splits = (_, index, min, max) => logarithmicTicks(min, max);
        value.values = (_, at) => at.map((v) => (v === null ? "" : compact(v)));
      }
      const line = { points: { show: false }, spanGaps: false };
      const series = [{}, { ...line, stroke: colour("line"), width: 1.4 }];
      if (this.statistic) {
        series.push({ ...line, stroke: colour("limit"), width: 1.2, dash: [6, 4] });
      }
      return {
        width: this.plot.clientWidth,
        height: this.plot.clientHeight,
        padding: [6, 18, 0, 0],
        legend: { show: false },
        scales: {
          x: { time: false },
          y: {
            distr: logarithmic ? 3 : 1,
            range: (chart, min, max) => this.extent(min, max),
          },
        },
        axes: [
          { ...axis, size: 24, gap: 2, ...ticks.hourAxis(56) },
          value,
        ],
        series,
        cursor: {
          y: false,
          points: { size: 6 },
          drag: { x: true, y: false, setScale: false },
          sync: {
            key: "tep",
            setSeries: false,
            scales: ["x", null],
            filters: { pub: (type) => SYNCED.has(type) },
          },
          bind: { dblclick: () => () => this.board.resetZoom() },
        },
        hooks: {
          drawClear: [(chart) => paint.behind(this, chart)],
          draw: [(chart) => paint.before(this, chart)],
          setCursor: [(chart) => this.tellAt(chart.cursor.idx)],
          setSelect: [(chart) => this.zoomToSelection(chart)],
        },
      };
    }

    /* The normal range frames the line, so that noise looks like noise; what leaves it widens it. */
    extent(min, max) {
      if (this.statistic) {
        if (min === null) return this.board.log ? [1, 100] : [0, 100];
        return this.board.log ? [min / 1.4, max * 1.4] : [0, max * 1.08];
      }
      const framed = this.low !== null && !(this.board.fit && min !== null);
      let low = min === null ? this.low ?? 0 : min;
      let high = max === null ? this.high ?? 100 : max;
      const { ahead } = this.board;
      if (ahead && min !== null) {
        const shown = [...ahead.low[this.column], ...ahead.high[this.column]].filter((v) => v !== null);
        low = Math.min(low, ...shown);
        high = Math.max(high, ...shown);
      }
      if (framed) {
        low = Math.min(low, this.low);
        high = Math.max(high, this.high);
      }
      const margin = (high - low) * 0.08 || Math.abs(high) * 0.02 || 1;
      return [low - margin, high + margin];
    }

    zoomToSelection(chart) {
      const { left, width } = chart.select;
      if (width < 4) return;
      this.board.zoom(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
      chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    }

    // -- words --------------------------------------------------------------------------------

    format(value) {
      return value == null ? "–" : window.tep.units.fixed(value, this.decimals);
    }

    tellAt(index) {
      if (index == null) {
        this.figure.classList.remove("at-cursor");
        this.board.cursorAt(null);
        this.tellLatest();
        return;
      }
      const [hours, values, limits] = this.data;
      this.figure.classList.add("at-cursor");
      this.tell(values[index], limits ? limits[index] : null, this.badAt(index), this.isUnjudged(index));
      this.board.cursorAt(hours[index]);
    }

    tellLatest() {
      const [, values, limits] = this.data;
      const last = values.length - 1;
      this.tell(values[last], limits ? limits[last] : null, this.badAt(last), this.isUnjudged(last));
    }

    isUnjudged(index) {
      return Boolean(this.statistic && this.board.scores.unjudged[index]);
    }

    badAt(index) {
      return this.statistic || index < 0 ? null : this.board.samples.badAt(index);
    }

    tell(value, limit, bad, isUnjudged) {
      const text = this.format(bad ? bad.values[this.column] : value);
      if (this.value.textContent !== text) this.value.textContent = text;
      const [state, words] = bad ? ["bad", gettext("bad quality")] : this.judge(value, limit, isUnjudged);
      if (this.state.textContent !== words) this.state.textContent = words;
      if (this.figure.dataset.state !== state) this.figure.dataset.state = state;
    }

    judge(value, limit, isUnjudged) {
      if (isUnjudged) return [this.board.alarming ? "alarm" : "none", this.unjudged];
      if (value == null) return ["none", gettext("no value yet")];
      if (this.statistic) {
        // While an alarm stands the chart stays marked, however the points dance on the limit.
        const words = say(gettext("limit %(value)s"), { value: short(limit) });
        if (value <= limit) return [this.board.alarming ? "alarm" : "normal", words];
        const over = `${(value / limit).toFixed(1)} × ${words}`;
        return [this.board.alarming ? "alarm" : "outside", over];
      }
      const rank = this.board.rankOf(this.label);
      const part = rank ? say(gettext("contributor %(rank)s"), { rank }) : "";
      if (this.high !== null && value > this.high) {
        return ["outside", `${say(gettext("above %(value)s"), { value: compact(this.high) })}${part && `, ${part}`}`];
      }
      if (this.low !== null && value < this.low) {
        return ["outside", `${say(gettext("below %(value)s"), { value: compact(this.low) })}${part && `, ${part}`}`];
      }
      return [rank ? "contributes" : "normal", part];
    }
  }

  window.tep.Trend = Trend;
})();
