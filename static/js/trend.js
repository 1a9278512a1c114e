/* One small chart: a line, its normal range or limit, the alarms and the faults behind it. */
(() => {
  "use strict";

  /* Looked up once: asking for a computed style makes the browser lay out the page. */
  const style = getComputedStyle(document.documentElement);
  const colours = new Map();
  function colour(name) {
    if (!colours.has(name)) colours.set(name, style.getPropertyValue(`--${name}`).trim());
    return colours.get(name);
  }
  const FONT = "11px system-ui, sans-serif";
  const SYNCED = new Set(["mousemove", "mouseleave", "mouseenter"]);

  function compact(value) {
    const size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 1e-2)) return value.toExponential(0);
    if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
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
        values: (_, at) => at.map((v) => (v === null ? "" : compact(v))),
      };
      const logarithmic = Boolean(this.statistic) && this.board.log;
      if (logarithmic) {
        value.splits = (_, index, min, max) => logarithmicTicks(min, max);
        value.filter = (_, ticks) => ticks;
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
          { ...axis, size: 24, gap: 2, space: 56, values: (_, at) => at.map((v) => `${compact(v)} h`) },
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
          drawClear: [(chart) => this.drawBehind(chart)],
          draw: [(chart) => this.drawBefore(chart)],
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

    /* Runs `paint` with the canvas clipped to the plot. */
    inPlot({ ctx, bbox }, paint) {
      const { left, top, width, height } = bbox;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, width, height);
      ctx.clip();
      paint(ctx, left, top, width, height);
      ctx.restore();
    }

    drawBehind(chart) {
      this.inPlot(chart, (ctx, left, top, width, height) => {
        if (this.low !== null) {
          const upper = chart.valToPos(this.high, "y", true);
          ctx.fillStyle = colour("normal");
          ctx.fillRect(left, upper, width, chart.valToPos(this.low, "y", true) - upper);
        }
        if (!this.statistic) return;
        for (const band of this.board.alarmBands) {
          ctx.fillStyle = colour(band.standing ? "band-standing" : "band-cleared");
          this.fillBand(chart, band, top, height);
        }
      });
    }

    /* An alarm fills the charts of the detector that claims it; elsewhere it is a strip above, red
       only where the variable has a part in it. The truth is a strip below. */
    drawBefore(chart) {
      const strip = 3 * devicePixelRatio;
      this.inPlot(chart, (ctx, left, top, width, height) => {
        for (const edge of [this.tripLow, this.tripHigh]) {
          if (edge === null) continue;
          ctx.fillStyle = colour("alarm");
          ctx.fillRect(left, Math.round(chart.valToPos(edge, "y", true)), width, devicePixelRatio);
        }
        for (const band of this.statistic ? [] : this.board.alarmBands) {
          const red = band.standing && this.board.rankOf(this.label);
          ctx.fillStyle = colour(red ? "strip-standing" : "strip-cleared");
          this.fillBand(chart, band, top, strip);
        }
        if (!this.statistic) this.drawBad(chart, top, height);
        if (!this.statistic && this.board.ahead) this.drawAhead(chart, this.board.ahead);
        ctx.fillStyle = colour("truth");
        for (const band of this.board.faultBands) {
          this.fillBand(chart, band, top + height - strip, strip);
        }
      });
    }

    /* A forecast: the spread of its members as a band, their median dotted. */
    drawAhead(chart, { hours, median, low, high }) {
      const { ctx } = chart;
      const places = (values) =>
        hours
          .map((hour, i) => [hour, values[this.column][i]])
          .filter(([, value]) => value !== null)
          .map(([hour, value]) => [chart.valToPos(hour, "x", true), chart.valToPos(value, "y", true)]);
      const [upper, lower, middle] = [places(high), places(low), places(median)];
      if (!middle.length) return;
      ctx.fillStyle = colour("ahead-band");
      ctx.beginPath();
      for (const [x, y] of [...upper, ...lower.reverse()]) ctx.lineTo(x, y);
      ctx.closePath();
      ctx.fill();
      ctx.strokeStyle = colour("truth");
      ctx.lineWidth = 1.4 * devicePixelRatio;
      ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      for (const [x, y] of middle) ctx.lineTo(x, y);
      ctx.stroke();
      ctx.setLineDash([]);
    }

    /* Readings of bad quality: a cross each, at the edge where the value is beyond the scale. */
    drawBad(chart, top, height) {
      const { samples } = this.board;
      const { ctx } = chart;
      const arm = 3 * devicePixelRatio;
      const { min, max } = chart.scales.x;
      ctx.strokeStyle = colour("bad");
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.beginPath();
      for (const [step, { values }] of samples.bad) {
        const hours = step * samples.hoursPerStep;
        if (hours < min || hours > max) continue;
        const value = values[this.column];
        const x = chart.valToPos(hours, "x", true);
        const y = value === null ? top : chart.valToPos(value, "y", true);
        const at = Math.min(Math.max(y, top + arm), top + height - arm);
        ctx.moveTo(x - arm, at - arm);
        ctx.lineTo(x + arm, at + arm);
        ctx.moveTo(x - arm, at + arm);
        ctx.lineTo(x + arm, at - arm);
      }
      ctx.stroke();
    }

    fillBand(chart, { from, to }, top, height) {
      const start = chart.valToPos(from, "x", true);
      chart.ctx.fillRect(start, top, chart.valToPos(to, "x", true) - start, height);
    }

    zoomToSelection(chart) {
      const { left, width } = chart.select;
      if (width < 4) return;
      this.board.zoom(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
      chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    }

    // -- words --------------------------------------------------------------------------------

    format(value) {
      return value == null ? "–" : value.toFixed(this.decimals);
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
      this.tell(values[index], limits ? limits[index] : null, this.badAt(index));
      this.board.cursorAt(hours[index]);
    }

    tellLatest() {
      const [, values, limits] = this.data;
      const last = values.length - 1;
      this.tell(values[last], limits ? limits[last] : null, this.badAt(last));
    }

    badAt(index) {
      return this.statistic || index < 0 ? null : this.board.samples.badAt(index);
    }

    tell(value, limit, bad) {
      const text = this.format(bad ? bad.values[this.column] : value);
      if (this.value.textContent !== text) this.value.textContent = text;
      const [state, words] = bad ? ["bad", "bad quality"] : this.judge(value, limit);
      if (this.state.textContent !== words) this.state.textContent = words;
      if (this.figure.dataset.state !== state) this.figure.dataset.state = state;
    }

    judge(value, limit) {
      if (value == null) return ["none", "no value yet"];
      if (this.statistic) {
        // While an alarm stands the chart stays marked, however the points dance on the limit.
        const words = `limit ${short(limit)}`;
        if (value <= limit) return [this.board.alarming ? "alarm" : "normal", words];
        const over = `${(value / limit).toFixed(1)} × ${words}`;
        return [this.board.alarming ? "alarm" : "outside", over];
      }
      const rank = this.board.rankOf(this.label);
      const part = rank ? `contributor ${rank}` : "";
      if (this.high !== null && value > this.high) {
        return ["outside", `above ${compact(this.high)}${part && `, ${part}`}`];
      }
      if (this.low !== null && value < this.low) {
        return ["outside", `below ${compact(this.low)}${part && `, ${part}`}`];
      }
      return [rank ? "contributes" : "normal", part];
    }
  }

  window.tep.Trend = Trend;
})();
