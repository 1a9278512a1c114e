/* The alarm sound: a tone for each priority, from a new unacknowledged alarm until it is acknowledged
   or silenced. Made by the browser itself; it may not play before the first click or key. */
(() => {
  "use strict";

  const PRIORITIES = {
    critical: gettext("critical"),
    high: gettext("high"),
    medium: gettext("medium"),
    low: gettext("low"),
  };

  /* Frequencies in Hz, seconds of each tone, and of the pause after them. */
  const TONES = {
    critical: { tones: [960, 720, 960, 720], seconds: 0.16, pause: 1 },
    high: { tones: [800, 800, 800], seconds: 0.18, pause: 2 },
    medium: { tones: [620, 620], seconds: 0.22, pause: 4 },
    low: { tones: [460], seconds: 0.3, pause: 8 },
  };
  const LOUDNESS = 0.15;
  const CHECK_MS = 250;
  const box = document.getElementById("alarm-sound");
  if (!box || !window.AudioContext) return;

  const toggle = document.getElementById("sound-toggle");
  const silence = document.getElementById("sound-silence");
  const state = document.getElementById("sound-state");
  const { scope } = document.getElementById("alarm-bar").dataset;
  const remember = (name, value) => localStorage.setItem(`alarm-${name}`, value);
  const recall = (name) => localStorage.getItem(`alarm-${name}`);
  let context = null;
  let playing = [];

  const isOn = () => document.body.dataset.alarmSound === "on";

  /* What asks now: the newest unacknowledged alarm; empty where none does. */
  const present = () => document.getElementById("alarm-bar").dataset;
  const isSilenced = () => recall(`silenced-${scope}`) === present().newest;
  const shouldSound = () => isOn() && present().newest !== "" && !isSilenced();

  function wake() {
    if (!isOn()) return;
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume().then(show, () => {});
  }

  function play({ tones, seconds }) {
    const begin = context.currentTime + 0.02;
    tones.forEach((frequency, index) => {
      const oscillator = new OscillatorNode(context, { type: "triangle", frequency });
      const gain = new GainNode(context, { gain: 0 });
      const at = begin + index * seconds * 1.25;
      gain.gain.setTargetAtTime(LOUDNESS, at, 0.01);
      gain.gain.setTargetAtTime(0, at + seconds * 0.8, 0.02);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(at);
      oscillator.stop(at + seconds * 1.2);
      playing.push(oscillator);
      oscillator.addEventListener("ended", () => (playing = playing.filter((one) => one !== oscillator)));
    });
  }

  function stop() {
    for (const oscillator of playing) oscillator.stop();
    playing = [];
  }

  /* Of several open pages one sounds: the time of the last tone is shared. */
  function tick() {
    const sounds = shouldSound();
    if (!sounds && playing.length) stop();
    show();
    if (!sounds || !context || context.state !== "running") return;
    const wanted = TONES[present().priority] || TONES.low;
    const length = wanted.tones.length * wanted.seconds * 1.25 + wanted.pause;
    const last = recall(`sounded-${scope}`) || "";
    const at = Number(last.split("|")[0]);
    if (last.split("|")[1] === present().newest && Math.abs(Date.now() - at) < length * 1000) return;
    remember(`sounded-${scope}`, `${Date.now()}|${present().newest}`);
    document.documentElement.dataset.sounded = present().newest;
    document.documentElement.dataset.soundedPriority = present().priority;
    play(wanted);
  }

  function show() {
    const on = isOn();
    const words = !on
      ? gettext("Sound off")
      : context && context.state === "running"
        ? gettext("Sound on")
        : gettext("Sound on, after a click");
    if (toggle.textContent !== words) toggle.textContent = words;
    toggle.setAttribute("aria-pressed", String(on));
    const sounding = shouldSound();
    if (silence.disabled === sounding) silence.disabled = !sounding;
    const told = sounding ? say(gettext("Alarm sound: %(priority)s priority"), { priority: PRIORITIES[present().priority] ?? present().priority }) : "";
    if (state.textContent !== told) state.textContent = told;
  }

  function choose(wanted) {
    document.body.dataset.alarmSound = wanted;
    if (isOn()) wake();
    else stop();
    tick();
  }

  /* The choice is a preference of the user: the server stores it, and what fails is told in words.
     The other pages that are open in this browser hear of it at once. */
  toggle.addEventListener("click", () => {
    choose(isOn() ? "off" : "on");
    const values = { alarm_sound: document.body.dataset.alarmSound };
    htmx.ajax("POST", box.dataset.preference, { source: toggle, swap: "none", values });
    remember("sound", values.alarm_sound);
  });

  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === "alarm-sound" && newValue) choose(newValue);
  });

  silence.addEventListener("click", () => {
    remember(`silenced-${scope}`, present().newest);
    stop();
    toggle.focus(); // the button is disabled now
    tick();
  });

  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, wake);
  document.addEventListener("alarms-renewed", tick);
  setInterval(tick, CHECK_MS);
  box.hidden = false;
  show();
})();
