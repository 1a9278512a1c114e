/* The units that the user has chosen, for what is pushed or fetched in the process's own units.

   The table is the server's (monitoring/units_table.py), and stands in the page where SI is chosen;
   without it every number stays as it is. */
(() => {
  "use strict";

  const { si } = document.body.dataset;
  const table = si ? JSON.parse(si) : null;
  const SAME = (unit) => ({ unit, factor: 1, offset: 0 });

  /* What becomes of a unit: {unit, factor, offset}. */
  function of(unit) {
    const found = table?.units[unit];
    return found ? { unit: found[0], factor: found[1], offset: found[2] } : SAME(unit);
  }

  const columns = table ? table.columns.map(of) : null;

  /* A number with so many decimals; what is rounded to nothing has no sign. */
  function fixed(number, places) {
    const text = number.toFixed(places);
    return Number(text) === 0 ? (0).toFixed(places) : text;
  }

  /* A value of a column (0 to 52) of a reading; null stays null. */
  function inColumn(column, value) {
    if (!columns || value === null || value === undefined) return value;
    const { factor, offset } = columns[column];
    return factor * value + offset;
  }

  /* The text of a value of a column, without its unit; `own` decimals are those of the own unit. */
  function columnText(column, value, own) {
    const places = columns ? decimals(table.columns[column], own) : own;
    return fixed(inColumn(column, value), places);
  }

  /* A whole row of a reading. */
  const row = (values) => (columns ? values.map((value, i) => inColumn(i, value)) : values);

  /* As many decimals as show what `decimals` show in the own unit. */
  function decimals(unit, own) {
    return Math.max(0, own - Math.floor(Math.log10(of(unit).factor)));
  }

  function text(value, unit, own, { difference = false, bare = false } = {}) {
    const { unit: name, factor, offset } = of(unit);
    const number = fixed(factor * value + (difference ? 0 : offset), decimals(unit, own));
    return bare ? number : `${number} ${name}`;
  }

  function rewrite(root) {
    if (!table) return;
    for (const element of root.querySelectorAll("data.quantity")) {
      const { unit, decimals: own, difference, bare } = element.dataset;
      const choice = { difference: difference !== undefined, bare: bare !== undefined };
      const words = text(Number(element.value), unit, Number(own), choice);
      if (element.textContent !== words) element.textContent = words;
    }
    for (const element of root.querySelectorAll("[data-unit-of]")) {
      const words = of(element.dataset.unitOf).unit;
      if (element.textContent !== words) element.textContent = words;
    }
  }

  window.tep.onFresh(rewrite);
  window.tep.units = { isSi: table !== null, of, inColumn, columnText, row, decimals, fixed, text };
})();
