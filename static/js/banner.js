/* The banner of a plant's page: what the plant does, as the latest message says. */
(() => {
  "use strict";

  const { dataset } = document.getElementById("banner");
  const STATES = {
    stopped: gettext("stopped"),
    running: gettext("running"),
    paused: gettext("paused"),
    tripped: gettext("tripped"),
    failed: gettext("failed"),
  };

  const words = (id, text) => {
    const element = document.getElementById(id); // a fed plant has no speed and no injections
    if (element && element.textContent !== text) element.textContent = text;
  };

  const fault = ({ idv, magnitude }) => `IDV(${idv})${magnitude === 1 ? "" : ` × ${+magnitude.toFixed(2)}`}`;

  function showBanner(plant) {
    const factor = Number(dataset.sampleSeconds) / plant.interval_seconds;
    document.getElementById("plant-state").className = `state state-${plant.state}`;
    words("plant-state", STATES[plant.state] ?? plant.state);
    words("plant-reason", plant.state_reason || "");
    words("plant-run", plant.run === null ? "–" : String(plant.run));
    words("plant-step", String(plant.step));
    words("plant-hours", plant.sim_time_h.toFixed(2));
    words("plant-speed", say(gettext("%(seconds)s s per sample, %(factor)s × real time"), { seconds: +plant.interval_seconds.toFixed(2), factor: +factor.toPrecision(3) }));
    words("plant-idvs", plant.active_faults.map(fault).join(", ") || gettext("nothing"));
    words("plant-hands", plant.by_hand.map(({ label }) => label).join(", ") || gettext("nothing"));
  }

  window.tep.showBanner = showBanner;
})();
