/* The words of scripts in the reader's language: /words.js, Django's catalogue, comes before this and
   brings gettext(), ngettext() and interpolate(). Without it they are English, as they are written. */
(() => {
  "use strict";

  window.gettext ??= (text) => text;
  window.ngettext ??= (one, many, count) => (count === 1 ? one : many);
  window.interpolate ??= (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));

  /* A text with values in it: say(gettext("%(count)s tags"), { count: 3 }). */
  window.say = (text, values) => window.interpolate(text, values, true);
})();
