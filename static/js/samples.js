/* The readings that the charts draw: one column per variable, one row per step of one run.

   Rows are numbered by step, so a sample that comes twice is seen once, one that comes late falls
   into its place, and one that never came is a null: a gap in the line. A reading of bad quality
   is a gap as well, and kept aside with what is wrong with it. */
(() => {
  "use strict";

  const { units } = window.tep;

  class Samples {
    constructor({ columns, capacity, hoursPerStep }) {
      this.width = columns;
      this.capacity = capacity;
      this.hoursPerStep = hoursPerStep;
      this.clear(null);
    }

    clear(run) {
      this.run = run;
      this.base = null; // step of the first row
      this.count = 0;
      this.hours = [];
      this.columns = Array.from({ length: this.width }, () => []);
      this.known = []; // true: the row came, or its step is known to have none
      this.bad = new Map(); // step -> { values, quality }
      this.truncated = false;
      this.contiguous = 0; // rows from the first one on without a hole
    }

    get length() {
      return this.hours.length;
    }

    get lastStep() {
      return this.base === null ? null : this.base + this.length - 1;
    }

    get lastHours() {
      return this.length ? this.hours[this.length - 1] : 0;
    }

    /* Last step before which nothing is missing: what to ask the server to go on from. */
    get completeStep() {
      return this.base === null ? null : this.base + this.contiguous - 1;
    }

    has(step) {
      const row = step - this.base;
      return this.base !== null && row >= 0 && row < this.length && this.known[row];
    }

    /* What is wrong with the reading of a row, null for a good one. */
    badAt(row) {
      return this.bad.get(this.base + row) || null;
    }

    /* Returns the number of readings that were new. With `after`, the readings are all there are
       from that step on, so a step between them that has none never will. */
    add(readings, after = null) {
      let added = 0;
      let before = after;
      for (const { step, values, quality } of [...readings].sort((a, b) => a.step - b.step)) {
        if (before !== null && this.base !== null) this.knowAbsent(before, step);
        if (before !== null) before = step;
        if (this.has(step)) continue;
        if (this.base === null) this.base = step;
        if (step < this.base) this.makeRoomBefore(step);
        while (this.lastStep < step) this.pushEmptyRow();
        const row = step - this.base;
        const isBad = Boolean(quality) && quality !== "good";
        const shown = units.row(values); // what is drawn and told is in the user's units
        if (isBad) this.bad.set(step, { values: shown, quality });
        for (let i = 0; i < this.width; i += 1) this.columns[i][row] = isBad ? null : shown[i];
        this.known[row] = true;
        added += 1;
      }
      this.count += added;
      this.forgetOldest();
      while (this.contiguous < this.length && this.known[this.contiguous]) {
        this.contiguous += 1;
      }
      return added;
    }

    knowAbsent(after, until) {
      for (let step = Math.max(after + 1, this.base); step < until; step += 1) {
        while (this.lastStep < step) this.pushEmptyRow();
        this.known[step - this.base] = true;
      }
    }

    makeRoomBefore(step) {
      const missing = this.base - step;
      this.hours = [
        ...Array.from({ length: missing }, (_, i) => (step + i) * this.hoursPerStep),
        ...this.hours,
      ];
      this.columns = this.columns.map((column) => [...new Array(missing).fill(null), ...column]);
      this.known = [...new Array(missing).fill(false), ...this.known];
      this.base = step;
      this.contiguous = 0;
    }

    pushEmptyRow() {
      this.hours.push((this.base + this.length) * this.hoursPerStep);
      for (const column of this.columns) column.push(null);
      this.known.push(false);
    }

    /* A tenth more than the capacity is let in first, so that not every sample moves all rows. */
    forgetOldest() {
      if (this.length <= this.capacity * 1.1) return;
      const gone = this.length - this.capacity;
      this.count -= this.columns[0].slice(0, gone).filter((value) => value !== null).length;
      this.known.splice(0, gone);
      for (const step of this.bad.keys()) if (step < this.base + gone) this.bad.delete(step);
      this.hours.splice(0, gone);
      for (const column of this.columns) column.splice(0, gone);
      this.base += gone;
      this.contiguous = Math.max(0, this.contiguous - gone);
      this.truncated = true;
    }
  }

  window.tep.Samples = Samples;
})();
