/* All charts of a page: one time window, one cursor, one redraw per animation frame. */
(() => {
  "use strict";

  const LOG_KEY = "tep.log";
  const SHORTEST_HOURS = 0.5;

  /* A forecast's columns in the user's units. */
  function inUnits({ hours, ...lines }) {
    const { inColumn } = window.tep.units;
    const convert = (columns) => columns.map((values, column) => values.map((value) => inColumn(column, value)));
    const { median, low, high } = lines;
    return { ...lines, hours, median: convert(median), low: convert(low), high: convert(high) };
  }

  class Board {
    constructor({ samples, scores, onOlderWanted }) {
      this.samples = samples;
      this.scores = scores;
      this.onOlderWanted = onOlderWanted;
      this.window = 12; // hours, or Infinity
      this.held = null; // [from, to] in hours while the charts stand still
      this.zoomed = false;
      this.fit = false;
      this.log = localStorage.getItem(LOG_KEY) !== "no";
      this.alarms = new Map();
      this.injections = [];
      this.ranks = new Map();
      this.alarming = false;
      this.scheduled = false;
      this.forecast = null; // {run, hours, median, low, high}: the simulator's own, by column
      this.showsForecast = true;
      this.trends = [...document.querySelectorAll("figure.trend")].map(
        (figure) => new window.tep.Trend(figure, this),
      );
      this.watchVisibility();
      this.bindToolbar();
      document.addEventListener("tep:theme", () => {
        for (const trend of this.trends) trend.discard();
        this.changed();
      });
    }

    clear() {
      this.alarms.clear();
      this.injections = [];
      this.ranks = new Map();
      this.forecast = null;
      this.resetZoom();
    }

    /* The forecast while it lies ahead and is to be seen, else null. */
    get ahead() {
      const { forecast, lastHours } = this;
      if (!forecast || !this.showsForecast || this.held) return null;
      return forecast.hours[forecast.hours.length - 1] > lastHours ? forecast : null;
    }

    setForecast(forecast) {
      this.forecast = forecast && inUnits(forecast);
      this.changed();
    }

    // -- time ---------------------------------------------------------------------------------

    get lastHours() {
      return Math.max(this.samples.lastHours, this.scores.lastStep * this.samples.hoursPerStep);
    }

    get range() {
      if (this.held) return this.held;
      const first = this.samples.length ? this.samples.hours[0] - this.samples.hoursPerStep : 0;
      const from = Math.max(first, this.lastHours - this.window);
      const last = Math.max(this.lastHours, from + SHORTEST_HOURS);
      const { ahead } = this;
      if (!ahead) return [from, last];
      const room = Number.isFinite(this.window) ? this.window / 2 : Infinity;
      return [from, Math.min(ahead.hours[ahead.hours.length - 1], last + room)];
    }

    zoom(from, to) {
      this.held = [from, to];
      this.zoomed = true;
      this.changed();
    }

    resetZoom() {
      this.held = null;
      this.zoomed = false;
      this.changed();
    }

    hold() {
      this.held = this.held ? null : this.range;
      this.zoomed = false;
      this.changed();
    }

    move(part) {
      const [from, to] = this.range;
      const by = (to - from) * part;
      this.held = [from + by, to + by];
      this.changed();
    }

    choose(hours) {
      this.window = hours;
      this.held = null;
      this.zoomed = false;
      if (hours === Infinity) this.onOlderWanted();
      this.changed();
    }

    // -- what lies behind the lines -----------------------------------------------------------

    addAlarms(alarms) {
      for (const alarm of alarms) {
        if (alarm.run === this.samples.run) this.alarms.set(alarm.id, alarm);
      }
    }

    band(firstStep, endStep) {
      const hours = this.samples.hoursPerStep;
      return { from: (firstStep - 1) * hours, to: endStep === null ? this.lastHours : endStep * hours };
    }

    get alarmBands() {
      return [...this.alarms.values()].map((alarm) => ({
        ...this.band(alarm.onset_step, alarm.cleared_step),
        standing: alarm.cleared_step === null,
      }));
    }

    get faultBands() {
      return this.injections
        .filter(({ start_step: start, end_step: end }) => end === null || end > start)
        .map(({ start_step: start, end_step: end }) =>
          this.band(start, end === null || end > this.samples.lastStep ? null : end - 1),
        )
        .filter(({ from, to }) => to > from);
    }

    /* Place of a tag among the contributions while an alarm stands, else null. */
    rankOf(label) {
      return this.ranks.get(label) || null;
    }

    get standing() {
      return [...this.alarms.values()].find(({ cleared_step: cleared }) => cleared === null) || null;
    }

    /* The tags that raised the standing alarm, as the list of alarms names them. */
    rank() {
      const { standing } = this;
      this.alarming = standing !== null;
      const point = standing && this.scores.at(standing.raised_step);
      const parts = point ? point.top_contributions.slice(0, 3) : [];
      this.ranks = new Map(parts.map(({ tag }, i) => [tag, i + 1]));
    }

    // -- drawing ------------------------------------------------------------------------------

    changed() {
      if (this.scheduled) return;
      this.scheduled = true;
      requestAnimationFrame(() => {
        this.scheduled = false;
        this.rank();
        for (const trend of this.trends) trend.draw();
        this.showToolbar();
      });
    }

    watchVisibility() {
      const trendOf = new Map(this.trends.map((trend) => [trend.plot, trend]));
      const observer = new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) {
            trendOf.get(target).visible = isIntersecting;
          }
          this.changed();
        },
        { rootMargin: "100px" },
      );
      for (const plot of trendOf.keys()) observer.observe(plot);
    }

    // -- toolbar ------------------------------------------------------------------------------

    bindToolbar() {
      const at = (id) => document.getElementById(id);
      this.toolbar = at("toolbar");
      this.windows = [...this.toolbar.querySelectorAll("[data-window]")];
      for (const button of this.windows) {
        const hours = button.dataset.window === "all" ? Infinity : Number(button.dataset.window);
        button.addEventListener("click", () => this.choose(hours));
      }
      at("hold").addEventListener("click", () => this.hold());
      at("earlier").addEventListener("click", () => this.move(-0.5));
      at("later").addEventListener("click", () => this.move(0.5));
      at("reset-zoom").addEventListener("click", () => this.resetZoom());
      at("fit").checked = this.fit;
      at("fit").addEventListener("change", (event) => {
        this.fit = event.target.checked;
        this.changed();
      });
      at("log").checked = this.log;
      at("log").addEventListener("change", (event) => {
        this.log = event.target.checked;
        localStorage.setItem(LOG_KEY, this.log ? "yes" : "no");
        for (const trend of this.trends) if (trend.statistic) trend.discard();
        this.changed();
      });
      at("ahead").checked = this.showsForecast;
      at("ahead").addEventListener("change", (event) => {
        this.showsForecast = event.target.checked;
        this.changed();
      });
      this.toolbar.hidden = false;
      at("legend").hidden = false;
    }

    showToolbar() {
      const at = (id) => document.getElementById(id);
      for (const button of this.windows) {
        const hours = button.dataset.window === "all" ? Infinity : Number(button.dataset.window);
        button.setAttribute("aria-pressed", String(hours === this.window && !this.zoomed));
      }
      at("hold").setAttribute("aria-pressed", String(this.held !== null));
      at("reset-zoom").disabled = this.held === null;
      at("ahead-choice").hidden = this.forecast === null;
      const [from, to] = this.range;
      at("legend-unjudged").hidden = !this.scores.unjudgedBands.some((band) => band.to > from && band.from < to);
      const { truncated, capacity, hoursPerStep } = this.samples;
      at("held").hidden = !truncated;
      at("held").textContent =
        say(gettext("The charts hold the latest %(capacity)s samples (%(hours)s h)."), { capacity, hours: Math.round(capacity * hoursPerStep) });
    }

    cursorAt(hours) {
      const text = hours === null ? "" : say(gettext("Values at %(hours)s h"), { hours: hours.toFixed(2) });
      const readout = document.getElementById("cursor");
      if (readout.textContent !== text) readout.textContent = text;
    }
  }

  window.tep.Board = Board;
})();
