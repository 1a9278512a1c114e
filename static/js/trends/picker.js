/* The list of tags: what does not fit the words typed is out of sight. */
(() => {
  "use strict";

  const search = document.getElementById("trend-search");
  const axis = document.getElementById("trend-axis");
  if (axis) {
    axis.addEventListener("change", () => {
      // The spans and ends of one axis mean nothing on the other.
      for (const name of ["trend-span", "trend-from", "trend-to"]) document.getElementById(name).disabled = true;
      axis.form.requestSubmit();
    });
  }
  if (!search) return;
  document.getElementById("trend-finding").hidden = false;
  const found = document.getElementById("trend-found");
  const labels = [...document.querySelectorAll(".trend-groups label")];
  const words = (text) => text.toLowerCase().replace(/[()_]/g, " ").replace(/\s+/g, " ").trim();
  const texts = labels.map((label) => words(`${label.closest("fieldset").querySelector("legend").textContent} ${label.textContent}`));

  search.addEventListener("input", () => {
    const wanted = words(search.value).split(" ");
    let count = 0;
    labels.forEach((label, i) => {
      const fits = wanted.every((word) => texts[i].includes(word));
      label.hidden = !fits && !label.querySelector("input").checked;
      count += fits ? 1 : 0;
    });
    for (const group of document.querySelectorAll(".trend-groups fieldset")) {
      group.hidden = !group.querySelector("label:not([hidden])");
    }
    found.textContent = search.value ? say(gettext("%(count)s of %(all)s tags"), { count, all: labels.length }) : "";
  });
  /* Enter in the field takes the only tag that fits, rather than send the form. */
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = labels.find((label) => !label.hidden && !label.querySelector("input").checked);
    if (first) first.querySelector("input").checked = true;
  });
})();
