"use strict";

// Draws what the page has as data. Expressions are interpreted, so that the policy can forbid to make code of text.
const { config, specs } = JSON.parse(document.getElementById("plots").textContent);
const options = {
  mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config,
  tooltip: { theme: "page" },
};
const drawn = Object.entries(specs).map(([id, spec]) => vegaEmbed(document.getElementById(id), spec, options));
Promise.all(drawn).then(() => { document.documentElement.dataset.drawn = drawn.length; });

// Paper shows the explanations too; the screen is left as it was.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => { for (const details of opened) details.open = false; });
