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

  function patchAttributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) === value) continue;
      old.setAttribute(name, value);
      // A typed value hides the attribute, so both are set; not under the user's hands.
      if (name === "value" && "value" in old && old !== document.activeElement) old.value = value;
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
    patchAttributes(old, fresh);
    patchChildren(old, fresh);
  }

  /* Returns the element that now stands in the page. */
  function patch(old, fresh) {
    if (matches(old, fresh)) {
      patchNode(old, fresh);
      return old;
    }
    old.replaceWith(fresh);
    return fresh;
  }

  /* `adjust` may change the fresh element before it is taken over. */
  function patchHtml(old, html, adjust = () => {}) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    if (!fresh) return;
    adjust(fresh);
    htmx.process(patch(old, fresh));
  }

  htmx.defineExtension("patch", {
    isInlineSwap: (style) => style === "patch",
    handleSwap: (style, target, fragment) => {
      const fresh = fragment.firstElementChild;
      return style === "patch" && fresh ? [patch(target, fresh)] : false;
    },
  });

  window.tep = { patchHtml };
})();
