/* The colours of what is drawn rather than styled, and word of the moment when they change. */
(() => {
  "use strict";

  /* Looked up once: asking for a computed style makes the browser lay out the page. */
  const style = getComputedStyle(document.documentElement);
  const colours = new Map();

  function colour(name) {
    if (!colours.has(name)) colours.set(name, style.getPropertyValue(`--${name}`).trim());
    return colours.get(name);
  }

  /* Whether the page is dark now. A page without a choice is as the device. */
  const { dataset } = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  function tellTheme() {
    const dark = dataset.theme === "dark" || (dataset.theme !== "light" && device.matches);
    dataset.dark = dark ? "yes" : "no";
    colours.clear();
    document.dispatchEvent(new CustomEvent("tep:theme"));
  }
  device.addEventListener("change", tellTheme);
  tellTheme();

  window.tep.colour = colour;
})();
