/* The dashboard of one plant: what comes from the server goes to the charts, the banner, the lists. */
(() => {
  "use strict";

  const { Samples, Scores, Board, Link, Monitor, patchHtml, showBanner } = window.tep;
  const COLUMNS = 53;
  const CAPACITY = 4000;
  const FIRST_LOAD = 960; // samples: 48 h
  const PAGE = 1000;
  const PATIENCE_MS = 2500;

  const banner = document.getElementById("banner");
  const { dataset } = banner;
  const plantId = dataset.plant;
  const hoursPerStep = Number(dataset.sampleSeconds) / 3600;
  const samples = new Samples({ columns: COLUMNS, capacity: CAPACITY, hoursPerStep });
  const scores = new Scores({ capacity: CAPACITY, hoursPerStep });
  const board = new Board({ samples, scores, onOlderWanted: loadOlder });
  const link = new Link({ address, onMessage: receive, onRefused: () => window.location.reload() });
  const monitor = new Monitor({ link, poll });
  let known = { state: dataset.state, interval_seconds: Number(dataset.interval), step: Number(dataset.step) };
  const serverRun = dataset.run ? Number(dataset.run) : null;

  // -- asking the server ------------------------------------------------------------------------

  async function get(url, headers = {}) {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    const { pathname } = new URL(response.url);
    if (response.status === 401 || pathname === document.body.dataset.login) {
      window.location.reload(); // the session has ended
    }
    if (!response.ok) throw Object.assign(new Error(url), { status: response.status });
    return response;
  }

  const fromApi = async (what, query = {}) => {
    const parameters = new URLSearchParams({ run: samples.run, ...query });
    return (await get(`/api/plants/${plantId}/${what}?${parameters}`)).json();
  };

  /* Where the session hides what is injected, nothing of it is drawn. */
  const injections = async () => (banner.dataset.truth === "hidden" ? [] : (await fromApi("injections")).injections);

  async function load(after, limit = PAGE) {
    const run = samples.run;
    const [readings, analyses, alarms, injected] = await Promise.all([
      fromApi("readings", { after, limit }),
      fromApi("analyses", { after: Math.min(after, scores.lastStep || after), limit }),
      fromApi("alarms"),
      injections(),
    ]);
    if (run !== samples.run) return; // a reset came in between
    board.injections = injected;
    take({ run, follows: after, readings: readings.readings, analyses: analyses.analyses, alarms: alarms.alarms });
  }

  const nextStep = () => samples.completeStep ?? Math.max(0, known.step - FIRST_LOAD);

  function loadOlder() {
    if (samples.run === null || samples.base === 1 || samples.truncated) return;
    tryTo(load(Math.max(0, samples.lastStep - CAPACITY), CAPACITY));
  }

  /* What fails here is asked for again by the next poll or frame; the header says what is wrong. */
  function tryTo(promise) {
    promise.catch((error) => console.warn("not loaded:", error.message));
  }

  /* What was pushed while an answer was on its way is newer than the answer, and stays. */
  const pushed = { strips: 0, plants: 0 };

  async function poll() {
    const asked = { ...pushed };
    const [stages, status] = await Promise.all([get(dataset.stages), get("/api/status")]);
    const strip = await stages.text();
    if (asked.strips === pushed.strips) showPartial("stages", strip);
    const { plants } = await status.json();
    const plant = plants.find(({ id }) => String(id) === plantId);
    if (!plant) return;
    if (asked.plants === pushed.plants) {
      enterRun(plant.run);
      showPlant(plant);
    }
    refreshList("alarms");
    if (samples.run !== null && plant.step > (samples.completeStep ?? -1)) await load(nextStep());
  }

  /* A list as the server has it now, where its push may have gone lost. */
  function refreshList(id) {
    tryTo(
      get(dataset[id], { "HX-Request": "true" })
        .then((response) => response.text())
        .then((html) => showPartial(id, html)),
    );
  }

  /* The strip counts the explanations: another count than before means that the list is old. */
  let explained = null;
  function followCount() {
    const count = document.getElementById("count-explanations")?.textContent ?? null;
    if (explained !== null && count !== explained) refreshList("explanations");
    explained = count;
  }

  // -- taking what comes --------------------------------------------------------------------------

  function address() {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const query = samples.run === null ? "" : `?run=${samples.run}&after=${nextStep()}&analysed=${scores.lastStep ?? 0}`;
    return `${scheme}://${window.location.host}/ws/plants/${plantId}/${query}`;
  }

  function enterRun(run, anew = false) {
    if (run === null || (run === samples.run && !anew)) return;
    samples.clear(run);
    scores.clear();
    board.clear();
  }

  function receive(message) {
    monitor.heard();
    if (message.type === "frame") {
      const stale = samples.run !== null && message.run !== null && message.run < samples.run;
      if (!stale) {
        enterRun(message.run, Boolean(message.reset));
        pushed.plants += 1;
        showPlant(message.plant);
        take(message);
      }
      const steps = message.readings.map(({ step }) => step);
      link.send({ type: "ack", run: message.run, step: Math.max(0, known.step, ...steps) });
    }
    const partials = Object.entries(message.partials || {});
    if (partials.some(([id]) => id === "stages")) pushed.strips += 1;
    for (const [id, html] of partials) showPartial(id, html);
  }

  function take({ follows, readings, analyses, alarms }) {
    const before = samples.lastStep ?? 0;
    if (samples.add(readings || [], follows ?? null) && samples.lastStep > before) monitor.sampled();
    scores.add(analyses || []);
    board.addAlarms(alarms || []);
    board.changed();
    document.documentElement.dataset.points = samples.count;
    document.documentElement.dataset.lastStep = samples.lastStep ?? "";
    mendHole();
  }

  /* A frame that went lost on an open connection leaves a hole; fetch what is missing. */
  let mending = false;
  function mendHole() {
    if (mending || samples.base === null || samples.completeStep === samples.lastStep) return;
    mending = true;
    tryTo(load(samples.completeStep).finally(() => (mending = false)));
  }

  // -- showing ------------------------------------------------------------------------------------

  function showPartial(id, html) {
    if (id === "controls_changed") return refreshControls();
    if (id === "whatif_changed") return refreshWhatIf();
    if (id === "lists_changed") return ["alarms", "explanations"].forEach(refreshList);
    const element = document.getElementById(id);
    if (element && html) patchHtml(element, html);
    if (id === "stages") followCount();
    return undefined;
  }

  /* Somebody changed the plant. What the user is being told stays: the answer to the last click,
     and a form with errors. */
  function refreshControls() {
    tryTo(
      get(dataset.controls)
        .then((response) => response.text())
        .then((html) => {
          const panel = document.getElementById("controls");
          patchHtml(panel, html, (fresh) => {
            const told = [...panel.querySelectorAll("form")].filter((form) => form.querySelector(".errorlist"));
            for (const element of [document.getElementById("controls-message"), ...told]) {
              const twin = fresh.querySelector(`#${CSS.escape(element.id)}`);
              if (twin) twin.replaceWith(element.cloneNode(true));
            }
          });
        }),
    );
  }

  /* Branches and forecast are made by a task: what it says is asked for when it has something new. */
  function refreshWhatIf() {
    if (!dataset.whatif) return;
    refreshList("whatif");
    loadForecast();
  }

  function loadForecast() {
    if (!dataset.whatif) return;
    tryTo(
      get(`/api/plants/${plantId}/forecast`)
        .then((response) => response.json())
        .then(({ forecast }) => {
          const isOurs = forecast !== null && forecast.run === samples.run;
          board.setForecast(isOurs ? forecast.series : null);
        }),
    );
  }

  const settingsOf = (plant) =>
    JSON.stringify([plant.state, plant.interval_seconds, plant.run, plant.speed_preset, plant.active_faults, plant.by_hand]);

  function showPlant(plant) {
    showBanner(plant);
    monitor.follow(plant);
    if (known.active_idvs && settingsOf(plant) !== settingsOf(known)) {
      refreshControls();
      if (samples.run !== null) {
        tryTo(injections().then((told) => (board.injections = told)));
      }
    }
    known = plant;
  }

  // -- beginning ----------------------------------------------------------------------------------

  async function begin() {
    monitor.follow(known);
    if (serverRun !== null) {
      enterRun(serverRun);
      try {
        await load(nextStep());
      } catch (error) {
        console.warn("first load failed:", error.message); // the socket or the next poll brings it
      }
      loadForecast();
    }
    link.open();
    monitor.start();
  }

  begin();
})();
