/* The overview: a pulse beats when a sample has come, and a page that is not renewed says so. */
(() => {
  "use strict";

  const STALE_MS = 6_500;
  const CHECK_MS = 500;
  const BEAT = [{ transform: "scale(1)" }, { transform: "scale(1.5)", offset: 0.25 }, { transform: "scale(1)" }];
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const steps = new Map();
  let renewedAt = performance.now();

  function look() {
    for (const pulse of document.querySelectorAll("#plants .pulse")) {
      const row = pulse.closest("tr").id;
      const now = `${pulse.dataset.run}/${pulse.dataset.step}`;
      if (steps.has(row) && steps.get(row) !== now && !still.matches) {
        pulse.querySelector(".beat").animate(BEAT, { duration: 600 });
      }
      steps.set(row, now);
    }
  }

  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target && detail.target.id !== "plants") return;
    renewedAt = performance.now();
    look();
  });

  /* What is not renewed must not look as if it were. */
  setInterval(() => {
    const plants = document.getElementById("plants");
    if (!plants) return;
    const age = performance.now() - renewedAt;
    const stale = age > STALE_MS;
    plants.classList.toggle("stale", stale);
    if (stale) {
      document.getElementById("overview-renewed").textContent =
        say(gettext("not renewed for %(seconds)s s: the server does not answer"), { seconds: Math.floor(age / 1000) });
    }
  }, CHECK_MS);

  look();
})();
