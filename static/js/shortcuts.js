/* Keyboard shortcuts: any element with data-shortcut="g a" is clicked, or focused if it is a field.

   The help sheet (?) is made of what the page holds at that moment, so a shortcut exists exactly
   where its element does. Never while somebody types, never with Ctrl, Alt or Meta, and off for who
   has switched them off in the preferences (WCAG 2.1.4). What hands and keys do at one element alone
   stands in the sheet, too: data-sheet="← →" on its words. */
(() => {
  "use strict";

  const SEQUENCE_MS = 1500;
  const FIELDS = "input, textarea, select, [contenteditable]";
  const sheet = document.getElementById("shortcuts");
  if (!sheet) return;
  const list = document.getElementById("shortcuts-list");
  const isOn = document.body.dataset.shortcuts === "on";
  let begun = "";
  let timer;

  const isUsable = (element) => !element.disabled && !element.closest("[hidden], dialog:not([open])");

  /* The page's search field has its key without asking for it. */
  function known() {
    const search = document.querySelector('main input[type="search"], main input[name="q"]');
    if (search && !document.querySelector('[data-shortcut="/"]')) search.dataset.shortcut = "/";
    return [...document.querySelectorAll("[data-shortcut]")].filter(isUsable);
  }

  function titleOf(element) {
    const { shortcutTitle } = element.dataset;
    const label = element.labels?.[0]?.textContent;
    const words = shortcutTitle || element.getAttribute("aria-label") || label || element.textContent;
    return words.trim().replace(/\s+/g, " ");
  }

  function keysOf(shortcut) {
    const fragment = document.createDocumentFragment();
    for (const key of shortcut.split(" ")) {
      const element = document.createElement("kbd");
      element.textContent = key;
      fragment.append(element, " ");
    }
    return fragment;
  }

  function entry(shortcut, title) {
    const line = document.createElement("div");
    const keys = document.createElement("dt");
    const words = document.createElement("dd");
    keys.append(keysOf(shortcut));
    words.textContent = title;
    line.append(keys, words);
    return line;
  }

  function open() {
    const found = new Map(known().map((element) => [element.dataset.shortcut, titleOf(element)]));
    const told = [...document.querySelectorAll("[data-sheet]")].map((one) => [one.dataset.sheet, one.textContent]);
    list.replaceChildren(...[...found, ...told].map(([shortcut, title]) => entry(shortcut, title)));
    if (!sheet.open) sheet.showModal();
  }

  function act(element) {
    if (element.matches(FIELDS)) {
      for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      element.focus();
      element.select?.();
    } else {
      element.click();
    }
  }

  function pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.closest?.(FIELDS) || document.querySelector("dialog[open]")) return;
    if (event.key.length !== 1 || event.key === " ") return;
    const typed = begun ? `${begun} ${event.key}` : event.key;
    clearTimeout(timer);
    begun = "";
    const elements = known();
    const element = elements.find(({ dataset }) => dataset.shortcut === typed);
    if (element) {
      event.preventDefault();
      act(element);
    } else if (elements.some(({ dataset }) => dataset.shortcut.startsWith(`${typed} `))) {
      begun = typed;
      timer = setTimeout(() => (begun = ""), SEQUENCE_MS);
    }
  }

  const opener = document.getElementById("shortcuts-open");
  opener.hidden = false;
  opener.addEventListener("click", open);
  if (isOn) document.addEventListener("keydown", pressed);
})();
