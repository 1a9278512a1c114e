/* The detector's scored points of one run, as columns for the charts of T² and SPE.

   A scored point stands for the readings `first_step` to `step`; where the next point does not
   follow on, the line has a gap. */
(() => {
  "use strict";

  /* A logarithmic scale has no zero. */
  const FLOOR = 1e-3;

  class Scores {
    constructor({ capacity, hoursPerStep }) {
      this.capacity = capacity;
      this.hoursPerStep = hoursPerStep;
      this.clear();
    }

    clear() {
      this.points = [];
      this.byStep = new Map();
      this.cleanColumns();
    }

    get last() {
      return this.points[this.points.length - 1] || null;
    }

    get lastStep() {
      return this.last ? this.last.step : 0;
    }

    at(step) {
      return this.byStep.get(step) || null;
    }

    add(analyses) {
      const fresh = analyses.filter(({ step }) => !this.byStep.has(step));
      if (!fresh.length) return 0;
      fresh.sort((a, b) => a.step - b.step);
      const inOrder = fresh[0].step > this.lastStep;
      for (const point of fresh) {
        this.byStep.set(point.step, point);
        this.points.push(point);
        if (inOrder) this.append(point);
      }
      if (!inOrder || this.points.length > this.capacity * 1.1) this.rebuild();
      return fresh.length;
    }

    rebuild() {
      this.points.sort((a, b) => a.step - b.step);
      this.points.splice(0, Math.max(0, this.points.length - this.capacity));
      this.byStep = new Map(this.points.map((point) => [point.step, point]));
      this.cleanColumns();
      for (const point of this.points) this.append(point);
    }

    cleanColumns() {
      this.hours = [];
      this.unjudged = []; // of each place, whether the detector in charge does not judge it yet
      this.unjudgedBands = []; // stretches of them, from and to in hours
      this.columns = { ratio: [], ratio_limit: [], t2: [], t2_limit: [], spe: [], spe_limit: [] };
      this.reached = null;
    }

    append(point) {
      if (this.reached !== null && point.first_step > this.reached + 1) {
        this.hours.push((this.reached + 0.5) * this.hoursPerStep);
        for (const column of Object.values(this.columns)) column.push(null);
        this.unjudged.push(false);
      }
      this.unjudged.push(point.warming_up);
      if (point.warming_up) this.addUnjudged((point.first_step - 1) * this.hoursPerStep, point.step * this.hoursPerStep);
      this.hours.push(point.step * this.hoursPerStep);
      for (const [name, column] of Object.entries(this.columns)) {
        /* The detector in charge is told against its limit, which is therefore one; while it warms
           up it has no score, and the zero that stands for none is not drawn. */
        const isNone = name === "ratio" && point.warming_up;
        column.push(name === "ratio_limit" ? 1 : isNone ? null : Math.max(point[name] ?? 0, FLOOR));
      }
      this.reached = point.step;
    }

    addUnjudged(from, to) {
      const last = this.unjudgedBands[this.unjudgedBands.length - 1];
      if (last && from <= last.to + this.hoursPerStep / 2) last.to = to;
      else this.unjudgedBands.push({ from, to });
    }
  }

  window.tep.Scores = Scores;
})();
