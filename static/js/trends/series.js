/* Series of one run as the server sends them (monitoring/trends/payload.py), and as pushes go on. */
(() => {
  "use strict";

  /* A line breaks at null and goes on past undefined, as uPlot has it. */
  function plain(column) {
    const values = new Array(column.length);
    for (let i = 0; i < column.length; i += 1) {
      const value = column[i];
      if (value === value) values[i] = value === Infinity ? undefined : value;
      else values[i] = null;
    }
    return values;
  }

  function decode(buffer) {
    const size = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
    let at = 4 + size;
    const take = (Kind) => {
      const column = new Kind(buffer, at, head.rows);
      at += head.rows * Kind.BYTES_PER_ELEMENT;
      return column;
    };
    const steps = Array.from(take(Float64Array));
    const times = head.wall ? Array.from(take(Float64Array)) : null;
    const Kind = head.dtype === "float64" ? Float64Array : Float32Array;
    const columns = head.tags.map(() => plain(take(Kind)));
    return { head, steps, times, columns };
  }

  const { units } = window.tep;

  const STATISTICS = {
    T2: (point) => point.t2,
    "T2.LIMIT": (point) => point.t2_limit,
    SPE: (point) => point.spe,
    "SPE.LIMIT": (point) => point.spe_limit,
    RATIO: (point) => (point.warming_up ? null : point.ratio),
  };

  class Series {
    /* `minus` is the source whose samples are taken away, `shift` how many steps later they lie. */
    constructor({ address, source, tags, wall, hoursPerStep, minus = null, marks = false }) {
      Object.assign(this, { address, source, tags, wall, hoursPerStep, minus, marks });
      this.shift = minus ? 0 : source.shift;
      this.empty();
    }

    /* A stored value of a tag in the units that the user has chosen; of a difference without offset. */
    inUnits({ own }, value) {
      if (value === null || value === undefined) return value;
      const { factor, offset } = units.of(own);
      return factor * value + (this.minus ? 0 : offset);
    }

    spoken(said) {
      if (!said) return null;
      for (const tag of this.tags) {
        const normal = said.normal[tag.label];
        const limits = said.alarm_limits[tag.label];
        if (limits) said.alarm_limits[tag.label] = limits.map(([word, limit]) => [word, this.inUnits(tag, limit)]);
        if (normal) said.normal[tag.label] = [this.inUnits(tag, normal[0]), units.of(tag.own).factor * normal[1]];
      }
      return said;
    }

    empty() {
      this.steps = [];
      this.x = [];
      this.columns = this.tags.map(() => []);
      this.width = 1;
      this.said = null;
      this.appended = 0;
    }

    /* From and to on the axis: hours, or seconds since 1970. */
    async load(range, rows, signal) {
      const buffer = await this.ask(range, { rows }, signal);
      return () => this.take(decode(buffer));
    }

    async ask([from, to], more, signal) {
      const query = new URLSearchParams({ plant: this.source.plant, run: this.source.run, ...more });
      for (const { label } of this.tags) query.append("tag", label);
      if (this.wall) {
        query.append("wall", "1");
        query.append("since", Math.max(0, from));
        query.append("until", Math.max(0, to));
      } else {
        query.append("first", Math.floor(from / this.hoursPerStep) - this.shift - 1);
        query.append("last", Math.ceil(to / this.hoursPerStep) - this.shift + 1);
      }
      if (this.marks) query.append("marks", "1");
      if (this.minus) {
        query.append("minus", `${this.minus.plant}.${this.minus.run}`);
        query.append("shift", this.minus.shift);
      }
      const response = await fetch(`${this.address}?${query}`, { signal });
      if (new URL(response.url).pathname === document.body.dataset.login) window.location.reload();
      if (!response.ok) {
        const told = await response.json().catch(() => ({}));
        throw new Error(told.error || say(gettext("the server answered %(status)s"), { status: response.status }));
      }
      return response.arrayBuffer();
    }

    take({ head, steps, times, columns }) {
      const { newest } = this.source;
      this.steps = steps;
      this.columns = columns.map((column, i) => column.map((value) => this.inUnits(this.tags[i], value)));
      this.width = head.width;
      this.said = this.spoken(head.marks) || this.said;
      this.x = times || steps.map((step) => (step + this.shift) * this.hoursPerStep);
      this.appended = 0;
      if (this.source.live) this.awaitScores();
      if (head.newest > (newest ?? 0)) this.source.newest = head.newest;
    }

    /* What is said beside the samples, without them. */
    async loadMarks(range, signal) {
      const buffer = await this.ask(range, { rows: 2, bare: "1" }, signal);
      this.said = this.spoken(decode(buffer).head.marks);
    }

    /* The newest samples may be scored a moment later: until then that is no gap. */
    awaitScores() {
      this.tags.forEach(({ column }, i) => {
        if (column !== null) return;
        const values = this.columns[i];
        for (let at = values.length - 1; at >= 0 && values[at] === null; at -= 1) values[at] = undefined;
      });
    }

    get scoredStep() {
      const scores = this.tags.map(({ column }, i) => (column === null ? this.columns[i] : null)).filter(Boolean);
      if (!scores.length) return Infinity;
      let at = this.steps.length - 1;
      while (at >= 0 && scores.some((values) => values[at] == null)) at -= 1;
      return at < 0 ? 0 : Math.floor(this.steps[at]);
    }

    get newestStep() {
      return this.source.newest ?? this.lastStep;
    }

    get lastStep() {
      return this.steps.length ? this.steps[this.steps.length - 1] : 0;
    }

    /* Readings of a push go on at the end; false where they do not follow on what is here. */
    append(readings, analyses) {
      const fresh = readings.filter(({ step }) => step > this.lastStep);
      const scored = new Map(analyses.map((point) => [point.step, point]));
      if (!fresh.length) {
        this.fillScored(scored);
        return true;
      }
      if (this.steps.length && fresh[0].step > Math.floor(this.lastStep) + Math.max(1, this.width)) return false;
      for (const { step, time, values, quality } of fresh) {
        this.steps.push(step);
        this.x.push(this.wall ? Date.parse(time) / 1000 : (step + this.shift) * this.hoursPerStep);
        this.tags.forEach((tag, i) => {
          const { label, column } = tag;
          let value = null;
          if (column === null) {
            const point = scored.get(step);
            // A good one may be scored a moment later, a bad one never is.
            if (point) value = STATISTICS[label](point);
            else if (quality === "good") value = undefined;
          } else if (quality === "good") value = this.inUnits(tag, values[column]);
          this.columns[i].push(value);
        });
        this.appended += 1;
      }
      this.fillScored(scored);
      return true;
    }

    fillScored(scored) {
      for (const [step, point] of scored) {
        const at = this.steps.lastIndexOf(step);
        if (at < 0 || at < this.steps.length - 20) continue;
        this.tags.forEach(({ label, column }, i) => {
          if (column === null && this.columns[i][at] === undefined) this.columns[i][at] = STATISTICS[label](point);
        });
      }
    }

    /* Where a step lies on the axis. Wall time between two rows is read off the line between them. */
    at(step) {
      if (!this.wall) return (step + this.shift) * this.hoursPerStep;
      const { steps, x } = this;
      if (!steps.length) return 0;
      let [low, high] = [0, steps.length - 1];
      if (step <= steps[low]) return x[low];
      if (step >= steps[high]) return x[high];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (steps[middle] <= step) low = middle;
        else high = middle;
      }
      return x[low] + ((x[high] - x[low]) * (step - steps[low])) / (steps[high] - steps[low]);
    }
  }

  window.tep.Series = Series;
})();
