/* Brings an element to the state of freshly rendered HTML by changing only what differs.

   A pushed partial comes several times a second; replacing the whole element would lose the focus,
   the open <details>, half-typed numbers, and would let a screen reader say a standing alert again
   and again. htmx uses it as hx-swap="patch". */
(() => {
  "use strict";

  /* What the user, not the server, decides. */
  const KEPT = new Set(["open"]);

  function matches(old, fresh) {
    return (
      old.nodeType === fresh.nodeType &&
      old.nodeName === fresh.nodeName &&
      (old.id || "") === (fresh.id || "")
    );
  }

  /* The form whose answer is being taken over: there the server has the last word. */
  let answered = null;

  /* What is typed and not sent stays, wherever the focus is by now. */
  const isTyped = (field) =>
    field === document.activeElement ||
    (field.defaultValue !== undefined && field.value !== field.defaultValue && !answered?.contains(field));

  function patchAttributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) === value) continue;
      const typed = name === "value" && isTyped(old);
      old.setAttribute(name, value);
      // A typed value hides the attribute, so both are set; not under the user's hands.
      if (name === "value" && "value" in old && !typed) old.value = value;
    }
  }

  function patchChildren(old, fresh) {
    let place = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      if (wanted.id) {
        const known = [...old.children].find((child) => child.id === wanted.id);
        if (known && known !== place) {
          old.insertBefore(known, place);
          place = known;
        }
      }
      if (place && matches(place, wanted)) {
        const next = place.nextSibling;
        patchNode(place, wanted);
        place = next;
      } else {
        old.insertBefore(wanted, place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  function patchNode(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    const chosen = chosenIn(old);
    patchAttributes(old, fresh);
    patchChildren(old, fresh);
    if (chosen !== null && [...old.options].some(({ value }) => value === chosen)) old.value = chosen;
  }

  /* What the user has chosen from a list and not sent; null where the list is as the server made it.
     Patching its options would choose for them: the server's mark may have moved meanwhile. */
  function chosenIn(list) {
    if (list.nodeName !== "SELECT" || list.multiple || answered?.contains(list)) return null;
    const marked = [...list.options].find(({ defaultSelected }) => defaultSelected) ?? list.options[0];
    return marked && list.value !== marked.value ? list.value : null;
  }

  /* What adjusts every fresh element before it stands in the page: times to the user's zone, say.
     Done before, so that what only looks different on the way is never touched in the page. */
  const adjusters = [];

  function adjust(root) {
    for (const one of adjusters) one(root);
  }

  /* Does it now for the page, and from now on for all that comes. */
  function onFresh(adjuster) {
    adjusters.push(adjuster);
    adjuster(document);
  }

  /* Swaps other than "patch" are met here: a mutation is told of before the browser paints it. */
  new MutationObserver((changes) => {
    const grown = changes.filter(({ addedNodes }) => [...addedNodes].some((node) => node.nodeType === Node.ELEMENT_NODE));
    for (const place of new Set(grown.map(({ target }) => target))) adjust(place);
  }).observe(document.body, { childList: true, subtree: true });

  /* Returns the element that now stands in the page. */
  function patch(old, fresh) {
    adjust(fresh);
    if (matches(old, fresh)) {
      patchNode(old, fresh);
      return old;
    }
    old.replaceWith(fresh);
    return fresh;
  }

  /* `prepare` may change the fresh element before it is taken over. */
  function patchHtml(old, html, prepare = () => {}) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    if (!fresh) return;
    prepare(fresh);
    htmx.process(patch(old, fresh));
  }

  htmx.defineExtension("patch", {
    isInlineSwap: (style) => style === "patch",
    handleSwap: (style, target, fragment) => {
      const fresh = fragment.firstElementChild;
      return style === "patch" && fresh ? [patch(target, fresh)] : false;
    },
  });

  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => (answered = detail.requestConfig.elt.closest("form")));
  document.body.addEventListener("htmx:afterSwap", () => (answered = null));

  window.tep = { patchHtml, onFresh };
})();
