/* The flow sheet of one plant: the newest reading at its place, marked where it is out of range. */
(() => {
  "use strict";

  const { Link, Monitor, patchHtml, showBanner } = window.tep;
  const PATIENCE_MS = 2500;
  const BAR = 96;
  const STALE_CHECK_MS = 250;

  const { dataset } = document.getElementById("banner");
  const plantId = dataset.plant;
  const sheet = document.getElementById("flowsheet");
  const places = [...sheet.querySelectorAll("[data-column]")].map((element) => ({
    element,
    column: Number(element.dataset.column),
    decimals: Number(element.dataset.decimals),
    low: element.dataset.low === undefined ? null : Number(element.dataset.low),
    high: element.dataset.high === undefined ? null : Number(element.dataset.high),
    value: element.querySelector(".value .number") || element.querySelector(".value"),
    words: element.querySelector(".words"),
    marker: element.querySelector(".marker"),
  }));
  const link = new Link({ address, onMessage: receive, onRefused: () => window.location.reload() });
  const monitor = new Monitor({ link, poll });
  let run = dataset.run ? Number(dataset.run) : null;
  let step = run === null ? 0 : Number(dataset.step);

  function address() {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const query = run === null ? "" : `?run=${run}&after=${step}&analysed=${step}`;
    return `${scheme}://${window.location.host}/ws/plants/${plantId}/${query}`;
  }

  async function get(url, headers = {}) {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status === 401 || new URL(response.url).pathname === document.body.dataset.login) {
      window.location.reload(); // the session has ended
    }
    if (!response.ok) throw Object.assign(new Error(url), { status: response.status });
    return response;
  }

  async function poll() {
    const [stages, status] = await Promise.all([get(dataset.stages), get("/api/status")]);
    showPartial("stages", await stages.text());
    const { plants } = await status.json();
    const plant = plants.find(({ id }) => String(id) === plantId);
    if (!plant) return;
    enter(plant);
    if (plant.run !== null && plant.step > step) {
      const query = new URLSearchParams({ run: plant.run, after: plant.step - 1, limit: 1 });
      const answer = await (await get(`/api/plants/${plantId}/readings?${query}`)).json();
      show(answer.readings);
    }
    showPartial("alarms", await (await get(dataset.alarms, { "HX-Request": "true" })).text());
  }

  function enter(plant) {
    if (plant.run !== run) {
      run = plant.run;
      step = 0;
      for (const place of places) tell(place, null, "");
    }
    showBanner(plant);
    monitor.follow(plant);
  }

  function receive(message) {
    monitor.heard();
    if (message.type === "frame") {
      if (run === null || message.run === null || message.run >= run) {
        enter(message.plant);
        show(message.readings);
      }
      link.send({ type: "ack", run: message.run, step: Math.max(step, message.plant.step) });
    }
    for (const [id, html] of Object.entries(message.partials || {})) showPartial(id, html);
  }

  function showPartial(id, html) {
    const element = document.getElementById(id);
    if (element && html) patchHtml(element, html);
  }

  function show(readings) {
    const newest = readings.reduce((last, one) => (last && last.step > one.step ? last : one), null);
    if (!newest || newest.step <= step) return;
    step = newest.step;
    monitor.sampled();
    for (const place of places) tell(place, newest.values[place.column], newest.quality);
    document.getElementById("sheet-step").textContent = `Step ${step}.`;
    document.documentElement.dataset.lastStep = step;
  }

  function judge({ low, high }, value, quality) {
    if (value === null || value === undefined) return ["none", ""];
    if (quality && quality !== "good") return ["bad", "bad"];
    if (high !== null && value > high) return ["outside", "high"];
    if (low !== null && value < low) return ["outside", "low"];
    return ["normal", ""];
  }

  function tell(place, value, quality) {
    const text = value === null || value === undefined ? "–" : value.toFixed(place.decimals);
    if (place.value.textContent !== text) place.value.textContent = text;
    const [state, words] = judge(place, value, quality);
    if (place.element.dataset.state !== state) place.element.dataset.state = state;
    if (place.words && place.words.textContent !== words) place.words.textContent = words;
    if (place.marker && value !== null && value !== undefined) {
      const middle = (place.low + place.high) / 2;
      const part = 0.5 + (0.25 * (value - middle)) / ((place.high - place.low) / 2);
      place.marker.setAttribute("x", String(BAR * Math.min(1, Math.max(0, part))));
    }
  }

  /* Values that are not renewed must not look as if they were. */
  setInterval(() => sheet.classList.toggle("stale", monitor.late || monitor.cutOff), STALE_CHECK_MS);

  link.open();
  monitor.start();
})();
