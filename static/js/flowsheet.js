/* The flow sheet of one plant: the newest reading at its place, marked where it is out of range. */
(() => {
  "use strict";

  const { follow, units } = window.tep;
  const BAR = 110;
  const SIGN = 28;
  const STALE_CHECK_MS = 250;

  const sheet = document.getElementById("flowsheet");
  const home = document.querySelector('.crumbs [data-level="2"]').getAttribute("href");
  const number = ({ dataset }, name) => (dataset[name] === undefined ? null : Number(dataset[name]));
  const places = [...sheet.querySelectorAll("[data-column]")].map((element) => ({
    element,
    link: element.closest("a"),
    name: element.querySelector("title").textContent.replace(/^(\S+) /, "$1, "),
    alarm: "",
    told: "",
    column: Number(element.dataset.column),
    decimals: Number(element.dataset.decimals),
    start: number(element, "start"),
    low: number(element, "low"),
    high: number(element, "high"),
    end: number(element, "end"),
    value: element.querySelector(".value .number") || element.querySelector(".value"),
    unit: element.querySelector(".unit"),
    words: element.querySelector(".words"),
    marker: element.querySelector(".marker"),
    setpoint: element.querySelector(".setpoint"),
    opening: element.querySelector(".opening"),
    mode: element.querySelector(".mode-sign"),
  }));

  const monitor = follow({
    onEnter: () => places.forEach((place) => tell(place, null, "")),
    onReading: ({ step, values, quality }) => {
      for (const place of places) tell(place, values[place.column], quality);
      document.getElementById("sheet-step").textContent = say(gettext("Step %(step)s."), { step });
    },
    onFrame: ({ plant, marks }) => {
      if (marks) places.forEach((place) => mark(place, marks));
      const inForce = new Set(plant.active_faults.map(({ idv }) => String(idv)));
      for (const one of sheet.querySelectorAll(".truth-on-sheet")) {
        one.classList.toggle("in-force", inForce.has(one.dataset.idv));
      }
    },
  });

  function judge({ low, high }, value, quality) {
    if (value === null || value === undefined) return ["none", ""];
    if (quality && quality !== "good") return ["bad", gettext("bad")];
    if (high !== null && value > high) return ["outside", gettext("▲ high")];
    if (low !== null && value < low) return ["outside", gettext("▼ low")];
    return ["normal", ""];
  }

  /* As place_on_bar of monitoring/moving_bar.py. */
  function onBar({ start, low, high, end }, value) {
    const [share, width, from, to] =
      value <= low ? [0, 0.25, start, low] : value <= high ? [0.25, 0.5, low, high] : [0.75, 0.25, high, end];
    return BAR * Math.min(1, Math.max(0, share + (width * (value - from)) / (to - from)));
  }

  const set = (element, name, value) => {
    if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };

  function tell(place, value, quality) {
    const known = value !== null && value !== undefined;
    const text = known ? units.columnText(place.column, value, place.decimals) : "–";
    if (place.value.textContent !== text) place.value.textContent = text;
    const [state, words] = judge(place, value, quality);
    set(place.element, "data-state", state);
    if (place.words && place.words.textContent !== words) place.words.textContent = words;
    if (known && place.marker && place.start !== null) set(place.marker, "x", onBar(place, value).toFixed(1));
    if (known) set(place.opening, "width", ((SIGN * Math.min(100, Math.max(0, value))) / 100).toFixed(1));
    const unit = place.unit ? place.unit.textContent : "%";
    place.told = `: ${text} ${unit}${words ? `, ${words.replace(/^\S /, "")}` : ""}`;
    name(place);
  }

  function name(place) {
    const alarm = place.alarm && `, ${place.alarm}`;
    set(place.link, "aria-label", say(gettext("%(place)s: faceplate"), { place: `${place.name}${place.told}${alarm}` }));
  }

  function mark(place, { setpoints, modes, alarmed }) {
    const { priority = "", kind = "", asks = false, words = "" } = alarmed[place.column] || {};
    set(place.element, "data-alarm", priority);
    set(place.element, "data-alarm-kind", kind);
    set(place.element, "data-asks", asks ? "yes" : "no");
    place.alarm = words;
    name(place);
    const mode = modes[place.column] || "";
    if (place.mode) {
      set(place.mode, "data-mode", mode);
      const letter = place.mode.querySelector("text");
      if (letter.textContent !== mode) letter.textContent = mode;
    }
    if (!place.setpoint || place.start === null) return;
    const value = setpoints[place.column];
    set(place.setpoint, "visibility", value === undefined ? "hidden" : "visible");
    if (value !== undefined) {
      set(place.setpoint, "transform", `translate(${(6 + onBar(place, value)).toFixed(1)} 40)`);
    }
  }

  /* Values that are not renewed must not look as if they were. */
  setInterval(() => sheet.classList.toggle("stale", monitor.late || monitor.cutOff), STALE_CHECK_MS);

  /* The faceplate: opened by a place, closed by Escape or its cross; the focus goes there and back. */
  let openedBy = null;

  function nameTag(tag) {
    const crumb = document.getElementById("crumb-tag");
    crumb.hidden = !tag;
    crumb.firstElementChild.textContent = tag;
  }

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const place = detail.requestConfig && detail.requestConfig.elt.closest(".place");
    if (!place) return;
    openedBy = place;
    const plate = document.getElementById("faceplate");
    window.history.replaceState(null, "", place.getAttribute("href"));
    nameTag(plate.dataset.tag || "");
    plate.focus({ preventScroll: true });
    if (plate.getBoundingClientRect().top > window.innerHeight / 2) plate.scrollIntoView({ block: "start" });
  });

  function close() {
    const plate = document.getElementById("faceplate");
    if (!plate.dataset.tag) return;
    const place = openedBy || document.getElementById(`place-${plate.dataset.column}`);
    plate.replaceWith(document.getElementById("closed-faceplate").content.cloneNode(true));
    window.history.replaceState(null, "", home);
    nameTag("");
    openedBy = null;
    if (place) place.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      close();
    }
  });
})();
