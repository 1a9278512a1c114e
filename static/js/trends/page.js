/* The page of trends: what is asked for, what is in sight, and what comes in while it is. */
(() => {
  "use strict";

  const { Series, TrendChart, Address, Hands, Layers, Measure, Pushes, Sheet, element, units, momentText } = window.tep;
  const place = document.getElementById("trend-charts");
  const view = JSON.parse(place.dataset.view);
  view.charts = view.charts.map((chart) => chart.map(inUnits));
  const hoursPerStep = view.sampleSeconds / 3600;
  const words = Object.fromEntries(["state", "cursor", "resolution"].map((name) => [name, document.getElementById(`trend-${name}`)]));
  const button = document.getElementById("trend-follow");
  const PATIENCE_MS = 15_000;

  /* A tag with its limits in the units that the user has chosen; `own` is the stored unit. */
  function inUnits(tag) {
    const { unit, factor, offset } = units.of(tag.unit);
    const shown = (value) => (value === null ? null : factor * value + offset);
    return { ...tag, own: tag.unit, unit, decimals: units.decimals(tag.unit, tag.decimals), low: shown(tag.low), high: shown(tag.high), trips: tag.trips.map(shown) };
  }

  class TrendPage {
    constructor() {
      this.wall = view.axis === "wall";
      this.hidden = new Set(view.hidden);
      this.hands = new Hands(this, place);
      this.measure = new Measure(this);
      this.following = view.ends === null;
      this.missed = 0;
      this.told = "";
      this.makeSeries();
      this.makeCharts();
      this.range = view.ends || this.newestRange();
      this.sheet = new Sheet(this);
      this.layers = new Layers(this);
      this.address = new Address(this, view);
      this.pushes = new Pushes(this);
    }

    hides(layer) {
      return this.hidden.has(layer);
    }

    // -- making -------------------------------------------------------------------------------

    makeSeries() {
      const tags = new Map();
      for (const trace of view.charts.flat()) {
        if (!tags.has(trace.source)) tags.set(trace.source, []);
        const known = tags.get(trace.source);
        if (!known.some(({ label }) => label === trace.label)) known.push(trace);
      }
      const common = { address: view.data, wall: this.wall, hoursPerStep };
      this.series = new Map();
      for (const [key, wanted] of tags) {
        this.series.set(key, new Series({ ...common, source: view.sources[key], tags: wanted, marks: true }));
      }
      const { overlay } = view.sources;
      if (overlay && tags.has("")) {
        this.series.set("overlay", new Series({ ...common, source: overlay, tags: tags.get("") }));
        if (view.difference) this.series.set("minus", new Series({ ...common, source: view.sources[""], tags: tags.get(""), minus: overlay }));
      }
    }

    /* A value of a scale in the units of the first tag, as the user has chosen to see them. */
    scaled({ own }, value) {
      const { factor, offset } = units.of(own);
      return factor * value + offset;
    }

    makeCharts() {
      const traceOf = (key, trace, more = {}) => {
        const series = this.series.get(key);
        const column = series.tags.findIndex(({ label }) => label === trace.label);
        return { tag: trace, series, column, ...more };
      };
      this.charts = [];
      for (const [number, wanted] of view.charts.entries()) {
        if (!wanted.length) continue;
        const scale = view.scales[number] ? view.scales[number].map((end) => this.scaled(wanted[0], end)) : null;
        const title = wanted.map(({ label, name }) => `${label} ${name}`).join(", ");
        const traces = wanted.map((trace) => traceOf(trace.source, trace, { name: trace.source ? view.sources[trace.source].name : "" }));
        const own = wanted.filter(({ source }) => source === "");
        if (this.series.has("overlay")) {
          for (const trace of own.slice(0, 8 - traces.length)) traces.push(traceOf("overlay", trace, { name: view.sources.overlay.name }));
        }
        this.charts.push(new TrendChart(this, traces, { title, scale }));
        if (this.series.has("minus") && own.length) {
          const apart = own.map((trace) => traceOf("minus", trace, { name: say(gettext("minus %(name)s"), { name: view.sources.overlay.name }) }));
          this.charts.push(new TrendChart(this, apart, { title: say(gettext("Difference of %(tag)s"), { tag: title }), isDifference: true }));
        }
      }
      place.replaceChildren(...this.charts.map(({ figure }) => figure));
    }

    // -- what is in sight ---------------------------------------------------------------------

    get under() {
      return this.series.get("") || this.series.values().next().value;
    }

    /* The newest sample on the axis, of the run of the view. */
    get newest() {
      const { source, x, shift } = this.under;
      if (!this.wall) return ((source.newest ?? 0) + shift) * hoursPerStep;
      return Math.max(source.newest_at ?? 0, x[x.length - 1] ?? 0);
    }

    get first() {
      return this.wall ? 0 : ((this.under.source.first ?? 1) + this.under.shift) * hoursPerStep;
    }

    /* Where the axis begins: process time has nothing before a run, wall time goes on. */
    get begin() {
      if (this.wall) return -Infinity;
      return Math.min(...[...this.series.values()].map(({ shift }) => shift)) * hoursPerStep;
    }

    /* Whether less is shown than the span that was asked for, because the run is not so long yet. */
    get isClamped() {
      return this.following && view.span !== null && this.newest - view.span / (this.wall ? 1 : 3600) < this.begin;
    }

    newestRange() {
      const { newest } = this;
      const unit = this.wall ? 1 : 3600;
      const span = view.span === null ? null : view.span / unit;
      if (span !== null) return [Math.max(newest - span, Math.min(this.begin, newest - this.smallest)), newest];
      const known = this.under.x[0];
      return [this.wall ? (known ?? newest - 86400) : this.first, newest];
    }

    get smallest() {
      return this.wall ? 1 : 2 * hoursPerStep;
    }

    show([from, to]) {
      if (!(to - from >= this.smallest)) {
        const middle = (from + to) / 2;
        [from, to] = [middle - this.smallest / 2, middle + this.smallest / 2];
      }
      if (from < this.begin) [from, to] = [this.begin, Math.max(to, this.begin + this.smallest)];
      this.following = false;
      this.range = [from, to];
      this.redraw();
      this.loadSoon();
      this.address.tellSoon();
    }

    pan(part) {
      const [from, to] = this.range;
      this.moveTo(from + part * (to - from));
    }

    /* The same span from elsewhere on. */
    moveTo(from) {
      const [first, last] = this.range;
      const begin = Math.max(from, this.begin);
      this.show([begin, begin + last - first]);
    }

    zoom(factor, about = null) {
      const [from, to] = this.range;
      const middle = about ?? (from + to) / 2;
      this.show([middle - (middle - from) * factor, middle + (to - middle) * factor]);
    }

    showFirst() {
      this.moveTo(this.first);
    }

    async showAll() {
      if (!this.wall) {
        this.show([this.first, this.newest]);
        return;
      }
      this.following = false;
      await this.load([0, this.newest]);
      const { x } = this.under;
      if (x.length) this.show([x[0], x[x.length - 1]]);
    }

    follow() {
      this.following = true;
      this.missed = 0;
      this.range = this.newestRange();
      this.redraw();
      this.loadSoon(0);
      this.address.tellSoon();
    }

    // -- data ---------------------------------------------------------------------------------

    get columns() {
      return Math.max(200, Math.min(2000, 2 * (this.charts[0]?.canvas.clientWidth || 600)));
    }

    loadSoon(wait = 140) {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.load(), wait);
    }

    /* All series of one span come at once, or none: charts never show two spans. */
    async load(range = this.range) {
      this.asking?.abort();
      const asking = new AbortController();
      this.asking = asking;
      const late = setTimeout(() => asking.abort(new Error(gettext("it takes too long"))), PATIENCE_MS);
      place.setAttribute("aria-busy", "true");
      try {
        const all = this.wall && view.span === null && this.following ? [0, range[1] + 1] : range;
        const taken = await Promise.all([...this.series.values()].map((one) => one.load(all, this.columns, asking.signal)));
        if (asking !== this.asking) return;
        for (const take of taken) take();
        this.pushes.markedAt = performance.now();
        this.told = "";
        if (this.following) this.range = this.newestRange();
      } catch (error) {
        if (asking !== this.asking) return;
        this.told = say(gettext("The samples could not be loaded (%(reason)s)."), { reason: error.message });
        this.retry = setTimeout(() => this.load(), 3000);
      } finally {
        clearTimeout(late);
        if (asking === this.asking) place.removeAttribute("aria-busy");
      }
      this.redraw();
      this.tellResolution();
      document.documentElement.dataset.loads = String(Number(document.documentElement.dataset.loads || 0) + 1);
    }

    // -- showing ------------------------------------------------------------------------------

    redraw() {
      if (this.scheduled) return;
      this.scheduled = true;
      requestAnimationFrame(() => {
        this.scheduled = false;
        for (const chart of this.charts) chart.draw();
        document.documentElement.dataset.lastStep = String(this.under.lastStep);
        this.tellState();
      });
    }

    tellState() {
      const live = this.under.source.live;
      let text = this.told;
      if (!text && this.following) text = live ? gettext("Following the newest sample") : gettext("At the end of this run");
      if (this.isClamped && !this.told) text += `; ${say(gettext("the run is %(hours)s h long, and all of it is shown"), { hours: this.newest.toFixed(2) })}`;
      if (!text && !this.missed) text = gettext("Paused");
      if (!text) text = say(ngettext("Paused, %(count)s new sample", "Paused, %(count)s new samples", this.missed), { count: this.missed });
      if (words.state.textContent !== text) words.state.textContent = text;
      button.setAttribute("aria-pressed", String(this.following));
    }

    tellNewRun(run) {
      const link = element("a", { href: window.location.href, textContent: gettext("Show it") });
      if (words.state.querySelector("a")) return;
      this.told = say(gettext("The plant has begun run %(run)s."), { run });
      words.state.replaceChildren(`${this.told} `, link);
    }

    tellResolution() {
      const { width, steps } = this.under;
      const every = steps.length ? gettext("Every stored sample is shown.") : gettext("Every stored sample is shown: there is none in this span.");
      const thinned = gettext("Each point is the lowest or the highest of %(count)s samples; zoom in for the samples themselves.");
      const text = width > 1 ? say(thinned, { count: width }) : every;
      if (words.resolution.textContent !== text) words.resolution.textContent = text;
      this.sheet.renew();
    }

    cursorAt(x, series) {
      let text = "";
      if (x != null && this.wall) text = momentText(new Date(x * 1000));
      else if (x != null) {
        const place = series.width > 1 ? gettext("%(hours)s h, step %(step)s (of %(count)s samples)") : gettext("%(hours)s h, step %(step)s");
        text = say(place, { hours: x.toFixed(2), step: Math.round(x / hoursPerStep), count: series.width });
      }
      text = [text, this.measure.words(x)].filter(Boolean).join("; ");
      if (words.cursor.textContent !== text) words.cursor.textContent = text;
    }

    moveCursor(by) {
      const { plot } = this.charts[0] || {};
      if (!plot) return;
      const [x] = plot.data;
      const [min, max] = this.range;
      const inside = x.map((value, i) => i).filter((i) => x[i] >= min && x[i] <= max);
      if (!inside.length) return;
      const now = plot.cursor.idx ?? (by > 0 ? inside[0] - 1 : inside[inside.length - 1] + 1);
      const at = Math.min(Math.max(now + by, inside[0]), inside[inside.length - 1]);
      for (const chart of this.charts) chart.plot?.setCursor({ left: chart.plot.valToPos(x[at], "x"), top: 10 }, true);
    }
  }

  const page = new TrendPage();
  const bar = document.getElementById("trend-bar");
  bar.hidden = false;
  bar.addEventListener("click", ({ target }) => {
    const act = target.closest("button")?.dataset.act;
    if (act === "png") page.sheet.savePicture();
    else if (act === "share") {
      navigator.clipboard?.writeText(window.location.href).then(() => (words.cursor.textContent = gettext("Copied.")));
    } else if (act) page.hands.act(act);
  });
  document.addEventListener("tep:theme", () => {
    for (const chart of page.charts) {
      chart.discard();
      chart.draw(); // at once, so that nothing flickers
    }
  });
  window.tep.trends = page;
  page.redraw();
  page.load().then(() => page.pushes.listen());
})();
