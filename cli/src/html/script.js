// Zooms the pictures: Enter or a click goes into a directory, Escape or Backspace back out, arrows move around.
"use strict";
for (const map of document.querySelectorAll(".map")) {
  const svg = map.querySelector("svg"), crumb = map.querySelector(".crumb");
  const where = crumb.querySelector("span"), out = crumb.querySelector("button");
  const root = svg.querySelector("g");
  if (!root) continue;
  crumb.classList.add("live");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let inside = root, frame = 0;
  const below = g => [...g.children].filter(child => child.localName === "g");
  const above = g => g === root ? null : g.parentNode;
  const titleOf = g => g.querySelector("title").textContent.replace("\n", " \u2014 ");
  const boxOf = g => {
    const rect = g.querySelector("rect"), get = name => +rect.getAttribute(name);
    return [get("x"), get("y"), Math.max(get("width"), .01), Math.max(get("height"), .01)];
  };
  const zoom = g => {
    inside = g;
    out.disabled = g === root;
    const from = svg.getAttribute("viewBox").split(" ").map(Number), to = boxOf(g), start = performance.now();
    // The picture keeps its shape; a directory fills it as far as its own allows.
    svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    cancelAnimationFrame(frame);
    const step = now => {
      const part = calm.matches ? 1 : Math.min(1, (now - start) / 220), eased = part * (2 - part);
      svg.setAttribute("viewBox", from.map((value, i) => value + (to[i] - value) * eased).join(" "));
      if (part < 1) frame = requestAnimationFrame(step);
    };
    step(calm.matches ? start + 1000 : start);
    focus(g);
  };
  const focus = g => {
    for (const old of svg.querySelectorAll('g[tabindex="0"]')) old.setAttribute("tabindex", "-1");
    g.setAttribute("tabindex", "0");
    g.focus({ preventScroll: true });
    where.textContent = titleOf(g);
  };
  out.addEventListener("click", () => zoom(above(inside) ?? root));
  svg.addEventListener("click", event => {
    let g = event.target.closest("g");
    // A click goes one level down towards what was clicked.
    while (g && g !== inside && above(g) && above(g) !== inside) g = above(g);
    if (g) zoom(g === inside ? above(g) ?? root : g);
  });
  svg.addEventListener("pointerover", event => {
    const g = event.target.closest("g");
    if (g) where.textContent = titleOf(g);
  });
  svg.addEventListener("keydown", event => {
    const g = event.target.closest("g");
    if (!g) return;
    const siblings = above(g) ? below(above(g)) : [g], index = siblings.indexOf(g);
    const go = { ArrowRight: () => below(g)[0], ArrowLeft: () => above(g), ArrowDown: () => siblings[index + 1],
      ArrowUp: () => siblings[index - 1], Home: () => siblings[0], End: () => siblings.at(-1) }[event.key];
    if (go) { const to = go(); if (to) focus(to); }
    else if (event.key === "Enter" || event.key === " ") zoom(g);
    else if (event.key === "Escape" || event.key === "Backspace") zoom(above(inside) ?? root);
    else return;
    event.preventDefault();
  });
}
