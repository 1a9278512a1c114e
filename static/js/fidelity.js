/* The charts of the fidelity page: reference and ours overlaid, and their difference. */
(() => {
  "use strict";

  const { colour } = window.tep;
  let drawn = [];
  const FONT = "11px system-ui, sans-serif";

  function axes(values) {
    const axis = {
      stroke: colour("axis"),
      font: FONT,
      grid: { stroke: colour("grid"), width: 1 },
      ticks: { stroke: colour("grid"), width: 1, size: 4 },
    };
    return [
      { ...axis, size: 24, gap: 2, values: (_, at) => at.map((hours) => `${hours} h`) },
      { ...axis, size: 56, gap: 4, space: 24, ...values },
    ];
  }

  /* At most six, evenly apart. */
  function powersOfTen(min, max) {
    const low = Math.ceil(Math.log10(min) - 1e-9);
    const high = Math.floor(Math.log10(max) + 1e-9);
    const apart = Math.max(1, Math.ceil((high - low) / 5));
    const found = [];
    for (let power = low; power <= high; power += apart) found.push(10 ** power);
    return found;
  }

  function draw(place, data, series, scale, values) {
    const size = () => ({ width: place.clientWidth, height: place.clientHeight });
    const chart = new uPlot(
      {
        ...size(),
        padding: [6, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, sync: { key: "fidelity" } },
        scales: { x: { time: false }, y: scale },
        axes: axes(values),
        series: [{}, ...series.map((line) => ({ points: { show: false }, ...line }))],
      },
      data,
      place,
    );
    const resized = new ResizeObserver(() => chart.setSize(size()));
    resized.observe(place);
    drawn.push(() => {
      resized.disconnect();
      chart.destroy();
    });
  }

  function show(figure, plot) {
    const over = [
      { stroke: colour("strip-cleared"), width: 5 },
      { stroke: colour("line"), width: 1.2 },
    ];
    const data = [plot.hours, plot.reference, plot.ours];
    draw(figure.querySelector(".values"), data, over, {}, {});
    // A logarithm knows no zero.
    const difference = plot.difference.map((value) => (value > 0 ? value : null));
    const powers = {
      splits: (_, index, min, max) => powersOfTen(min, max),
      filter: (_, at) => at,
      values: (_, at) => at.map((v) => v.toExponential(0)),
    };
    draw(figure.querySelector(".difference"), [plot.hours, difference], [{ stroke: colour("line"), width: 1.2 }],
      { distr: 3 }, powers);
    const largest = Math.max(...plot.difference);
    figure.querySelector(".largest").textContent = say(gettext("Largest difference %(value)s %(unit)s."), { value: largest.toExponential(1), unit: plot.unit });
  }

  /* All of them, in the colours of now. */
  function showAll(plots) {
    for (const discard of drawn) discard();
    drawn = [];
    for (const figure of document.querySelectorAll("figure[data-plot]")) show(figure, plots[Number(figure.dataset.plot)]);
  }

  async function load() {
    const state = document.getElementById("plots-state");
    try {
      const answer = await fetch(state.dataset.source, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(say(gettext("the server answered %(status)s"), { status: answer.status }));
      const { plots } = await answer.json();
      showAll(plots);
      document.addEventListener("tep:theme", () => showAll(plots));
      state.textContent = "";
      state.hidden = true;
    } catch (error) {
      state.textContent = say(gettext("The charts could not be loaded (%(reason)s). Load the page again."), { reason: error.message });
    }
  }

  load();
})();
