"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const touch = matchMedia("(pointer: coarse)").matches;
  const config = { responsive: true, displaylogo: false, displayModeBar: touch ? false : "hover", modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const base = {
    font: { family: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif", size: 12.5, color: "#1b2330" },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "#fff", dragmode: touch ? false : "zoom", showlegend: true,
  };
  const drawn = [];

  // plotly.js lies packed in this file: it is unpacked once the text is on the screen
  async function library() {
    const packed = Uint8Array.from(atob(byId("plotly").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  function draw(element, figure) {
    if (!drawn.includes(element)) drawn.push(element);
    element.replaceChildren(...[...element.children].filter((child) => child.className !== "waiting"));
    return Plotly.react(element, figure.data, { ...base, ...figure.layout }, config);
  }

  const later = () => new Promise((go) => setTimeout(go, 0));

  /* the copy buttons */
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const pre = button.closest(".copyable").querySelector("pre");
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  /* a formula that is a little too wide shrinks; one that is far too wide scrolls in its box */
  function fit() {
    for (const box of document.querySelectorAll(".formula")) {
      box.style.fontSize = "";
      const wide = box.scrollWidth, room = box.clientWidth;
      if (room && wide > room) box.style.fontSize = `${(Math.max(0.7, room / wide - 0.02) * 1.12).toFixed(3)}rem`;
    }
  }
  addEventListener("resize", fit);

  /* the candidates of the front */
  function show(place, focus) {
    const wanted = byId(`candidate-${place}`);
    if (!wanted) return;
    for (const article of document.querySelectorAll(".candidate")) article.hidden = article !== wanted;
    fit();
    for (const button of document.querySelectorAll(".pick")) button.setAttribute("aria-pressed", String(button.dataset.candidate === String(place)));
    const chart = document.querySelector('[data-figure="pareto"]');
    const points = chart && chart.data && chart.data.find((trace) => trace.marker && trace.marker.size && trace.customdata && Array.isArray(trace.marker.size));
    if (points) Plotly.restyle(chart, { "marker.size": [points.customdata.map((p) => (p === place ? 16 : 9))] }, [chart.data.indexOf(points)]);
    if (focus) wanted.focus({ preventScroll: false });
  }
  for (const button of document.querySelectorAll(".pick")) button.addEventListener("click", () => show(Number(button.dataset.candidate), true));
  function follow() {
    const match = /^#candidate-(\d+)$/.exec(location.hash);
    if (match) show(Number(match[1]), true);
  }
  addEventListener("hashchange", follow);

  /* the explorer of surfaces */
  const blueRed = [[0, "#b2182b"], [0.25, "#ef8a62"], [0.5, "#ffffff"], [0.75, "#67a9cf"], [1, "#2166ac"]];
  const whiteBlue = [[0, "#ffffff"], [0.3, "#9ecae1"], [0.65, "#3182bd"], [1, "#08306b"]];
  const sliced = [-2, -1, -0.5, 0.5, 1, 2];
  const shades = ["#8c2d04", "#D55E00", "#E69F00", "#56B4E9", "#0072B2", "#08306b"];
  const kinds = { slope: "slope of r A − f", drift: "f(r, A)" };
  const grid = data.surfaces;
  const ratios = grid ? grid.log_ratios.map(Math.exp) : [];
  const marks = [0.5, 0.75, 1, 1.5, 2];
  const axis = { gridcolor: "#e7e7e7", zeroline: false, automargin: true };
  const across = { ...axis, title: { text: "ratio r", standoff: 6 }, tickvals: marks.map(Math.log), ticktext: marks.map(String), range: [-0.9, 0.9] };
  const nearest = (value) => grid.advantages.reduce((best, a, i) => (Math.abs(a - value) < Math.abs(grid.advantages[best] - value) ? i : best), 0);

  // null is where a drift has no number; in arithmetic it would be 0
  const difference = (one, other) => (one === null || other === null ? null : one - other);
  function surfaceOf(found, kind, less) {
    const rows = less ? found[kind].map((row, i) => row.map((value, j) => difference(value, less[kind][i][j]))) : found[kind];
    const top = Math.max(...rows.flat().filter(Number.isFinite).map(Math.abs));
    const colours = kind === "slope" || less
      ? { colorscale: blueRed, zmin: -3, zmax: 3, cmin: -3, cmax: 3 }
      : { colorscale: whiteBlue, zmin: 0, zmax: Math.min(top, 3) || 1, cmin: 0, cmax: Math.min(top, 3) || 1 };
    return { rows, ...colours };
  }

  function map() {
    const found = grid.drifts[byId("drift").value], kind = byId("quantity").value, view = byId("view").value;
    const less = grid.drifts[byId("less").value];
    const { rows, zmin, zmax, cmin, cmax, colorscale } = surfaceOf(found, kind, less);
    const bar = { thickness: 12, len: 0.9, title: { text: "", side: "right" } };
    const hover = `r = %{customdata:.3f}<br>A = %{y:.1f}<br>${kinds[kind]} = %{z:.4~g}<extra></extra>`;
    const custom = grid.advantages.map(() => ratios);
    const common = { x: grid.log_ratios, y: grid.advantages, z: rows, customdata: custom, colorscale, colorbar: bar, hovertemplate: hover };
    const flat = { margin: { l: 50, r: 8, t: 8, b: 44 }, xaxis: across, yaxis: { ...axis, title: { text: "advantage A", standoff: 6 } }, showlegend: false,
      shapes: [{ type: "line", x0: 0, x1: 0, y0: -3, y1: 3, line: { color: "#333", width: 1, dash: "dot" } }] };
    const deep = { margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, dragmode: "turntable",
      scene: { xaxis: { ...across, title: { text: "r" } }, yaxis: { title: { text: "A" } }, zaxis: { title: { text: "" }, range: kind === "slope" || less ? [-6, 6] : [0, 4] }, camera: { eye: { x: 1.5, y: -1.5, z: 0.9 } } } };
    byId("map-caption").textContent = `${found.label}${less ? ` less ${less.label}` : ""}: ${kind === "slope" ? "the slope of the objective" : "the drift f(r, A)"} over ratio and advantage${kind === "slope" || less ? " (colours end at ±3)" : ""}.`;
    const element = byId("map");
    const figure = view === "map" ? { data: [{ type: "heatmap", ...common, zmin, zmax }], layout: flat } : { data: [{ type: "surface", ...common, cmin, cmax }], layout: deep };
    if (element.dataset.view && element.dataset.view !== view) Plotly.purge(element);
    element.dataset.view = view;
    return draw(element, figure);
  }

  function lines(chosen, reach) {
    const traces = chosen.map(({ name, values, colour, dash }) => ({
      type: "scatter", mode: "lines", name, x: grid.log_ratios, y: values, customdata: ratios, line: { color: colour, width: 2, dash },
      hovertemplate: `r = %{customdata:.3f}<br>${kinds[byId("quantity").value]} = %{y:.4~g}<extra>%{fullData.name}</extra>`,
    }));
    return { data: traces, layout: { margin: { l: 50, r: 8, t: 8, b: 44 }, hovermode: "closest", xaxis: across,
      yaxis: { ...axis, title: { text: kinds[byId("quantity").value], standoff: 6 }, zeroline: true, zerolinecolor: "#8a8a8a", ...reach },
      legend: { orientation: "h", y: -0.2, yanchor: "top" } } };
  }

  // drifts may be steep far from r = 1, where training seldom goes: the axis shows what lies near the push r A itself
  function seen(size) {
    if (byId("quantity").value === "slope") return { range: [-2 - 1.5 * size, 2 + 1.5 * size] };
    return { range: [-0.05 * (1 + size), 1 + size] };
  }
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  function slices() {
    const found = grid.drifts[byId("drift").value], kind = byId("quantity").value;
    return draw(byId("slices"), lines(sliced.map((a, i) => ({ name: `A = ${a}`, values: found[kind][nearest(a)], colour: shades[i], dash: "solid" })), seen(2)));
  }
  function together() {
    const kind = byId("quantity").value, row = nearest(Number(byId("advantage").value));
    return draw(byId("together"), lines(grid.drifts.map((found) => ({
      name: escaped(found.label), values: found[kind][row], colour: found.colour, dash: found.dash,
    })), seen(Math.abs(Number(byId("advantage").value)))));
  }
  async function explorer() {
    if (!byId("explorer")) return;
    if (!document.createElement("canvas").getContext("webgl")) {
      for (const option of byId("view").options) option.disabled = option.value === "surface";
    }
    byId("drift").addEventListener("change", () => { map(); slices(); });
    byId("quantity").addEventListener("change", () => { map(); slices(); together(); });
    for (const id of ["view", "less"]) byId(id).addEventListener("change", map);
    byId("advantage").addEventListener("change", together);
    for (const step of [map, slices, together]) { await step(); await later(); }
  }

  /* the drifts of the benchmark: every legend is a row of boxes, and all figures follow them */
  const chosenDrifts = new Map();
  const shown = (figure) => !figure.drifts ? figure : { ...figure, data: figure.data.map((trace) => ({ ...trace, visible: chosenDrifts.get(trace.legendgroup) ?? true })) };
  function choose(group, visible) {
    chosenDrifts.set(group, visible);
    for (const box of document.querySelectorAll(".legend input")) if (box.dataset.group === group) box.checked = visible;
    for (const element of drawn) {
      const places = (element.data || []).flatMap((trace, place) => (trace.legendgroup === group ? [place] : []));
      if (places.length) Plotly.restyle(element, { visible }, places);
    }
  }
  function legends() {
    const names = new Map(), plain = document.createElement("textarea");
    for (const trace of Object.values(data.figures).filter((figure) => figure.drifts).flatMap((figure) => figure.data)) {
      if (!trace.name || names.has(trace.legendgroup)) continue;
      names.set(trace.legendgroup, trace);
      chosenDrifts.set(trace.legendgroup, trace.visible !== "legendonly");
    }
    for (const legend of document.querySelectorAll(".legend")) for (const [group, trace] of names) {
      const label = document.createElement("label"), box = document.createElement("input"), swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      Object.assign(box, { type: "checkbox", checked: chosenDrifts.get(group) });
      box.dataset.group = group;
      box.addEventListener("change", () => choose(group, box.checked));
      const dashes = trace.line.dash === "solid" ? "none" : trace.line.dash.replaceAll("px", "");
      swatch.innerHTML = `<line x2="26" y1="4" y2="4" stroke="${trace.line.color}" stroke-width="2.5" stroke-dasharray="${dashes}"/>`;
      plain.innerHTML = trace.name; // a textarea reads entities and no markup
      label.append(box, swatch, plain.value);
      legend.append(label);
    }
  }

  /* the diagnostics of one environment at a time */
  async function diagnostics() {
    const chosen = byId("condition");
    if (!chosen) return;
    for (const element of document.querySelectorAll("[data-metric]")) {
      const figure = data.figures[`diagnostics-${chosen.value}-${element.dataset.metric}`];
      element.closest("figure").hidden = !figure;
      if (!figure) continue;
      await draw(element, { data: shown(figure).data, layout: { ...figure.layout, margin: { l: 44, r: 8, t: 8, b: 40 } } });
      await later();
    }
  }

  async function main() {
    fit();
    follow();
    legends();
    const charts = [...document.querySelectorAll(".chart")];
    for (const element of charts) element.innerHTML = '<span class="waiting">drawing…</span>';
    try {
      await library();
    } catch (problem) {
      for (const element of charts) element.textContent = "This browser cannot unpack the figures; a newer one can. The tables hold the same numbers.";
      throw problem;
    }
    for (const element of document.querySelectorAll("[data-figure]")) {
      await draw(element, shown(data.figures[element.dataset.figure]));
      await later();
      if (element.dataset.figure === "pareto") {
        element.on("plotly_click", (event) => { const place = event.points[0].customdata; if (place) show(place, true); });
        const shown = document.querySelector(".candidate:not([hidden])");
        if (shown) show(Number(shown.id.slice("candidate-".length)), false);
      }
    }
    await explorer();
    if (byId("condition")) byId("condition").addEventListener("change", diagnostics);
    await diagnostics();
    document.documentElement.dataset.drawn = "yes";
  }

  /* paper is narrower than a screen */
  addEventListener("beforeprint", () => { for (const element of drawn) Plotly.relayout(element, { width: Math.min(680, element.clientWidth), autosize: false }); });
  addEventListener("afterprint", () => { for (const element of drawn) Plotly.relayout(element, { width: undefined, autosize: true }); });
  requestAnimationFrame(() => setTimeout(main, 0));
})();
