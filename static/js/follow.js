/* A page that follows a plant: its websocket, its banner, its pushed partials, and what is late.

   `follow({onEnter, onReadings})` starts it. `onEnter` is told of a new run, `onReadings` of the
   newest reading of a frame and of the frame itself. */
(() => {
  "use strict";

  const { Link, Monitor, patchHtml, showBanner } = window.tep;
  const PATIENCE_MS = 2500;

  function follow({ onEnter = () => {}, onReading = () => {}, onFrame = () => {} } = {}) {
    const { dataset } = document.getElementById("banner");
    const plantId = dataset.plant;
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
        onEnter();
      }
      showBanner(plant);
      monitor.follow(plant);
    }

    function receive(message) {
      monitor.heard();
      if (message.type === "frame") {
        if (run === null || message.run === null || message.run >= run) {
          enter(message.plant);
          onFrame(message);
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
      onReading(newest);
      document.documentElement.dataset.lastStep = step;
    }

    link.open();
    monitor.start();
    return monitor;
  }

  window.tep.follow = follow;
  if (document.querySelector("#evidence")) follow();
})();
