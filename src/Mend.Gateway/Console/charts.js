// The console's charts, drawn from what the API tells. Every mark can be reached by the keyboard and says its value; a table says all of them.

const measures = [["edit_success", "success"], ["generality", "generality"], ["locality", "locality"]];
const order = ["queue", "gradient", "strength", "contribute", "guard", "prepare", "commit", "publish"];

function element(tag, content = [], attributes = {}, space = null) {
  const made = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...[content].flat());
  return made;
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export function duration(seconds) {
  return seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(1)} s`;
}

// How long each stage of edits took: a bar to the median, a line to the 95th percentile.
export function latency(place, edits) {
  const stages = new Map();
  for (const { stage, seconds } of edits.flatMap(edit => edit.stages)) {
    stages.set(stage, [...stages.get(stage) ?? [], seconds]);
  }
  const known = [...stages.keys()].sort((a, b) => (order.indexOf(a) + 99) % 99 - (order.indexOf(b) + 99) % 99);
  const rows = known.map(stage => {
    const sorted = stages.get(stage).sort((a, b) => a - b);
    return { stage, median: quantile(sorted, 0.5), most: quantile(sorted, 0.95) };
  });
  const longest = Math.max(...rows.map(row => row.most), 1e-9);
  place.replaceChildren(...(rows.length ? rows.map(({ stage, median, most }) => {
    const [bar, line] = [element("span", [], { class: "median" }), element("span", [], { class: "most" })];
    bar.style.width = `${100 * median / longest}%`;
    line.style.width = `${100 * (most - median) / longest}%`;
    const text = `${stage}: median ${duration(median)}, 95 % within ${duration(most)}`;
    return element("div", [element("span", stage), element("div", [bar, line], { class: "track" }), element("span", duration(median), { class: "number" })],
      { class: "stage", tabindex: "0", role: "img", "aria-label": text, title: text });
  }) : [element("p", "No edit was made through this gateway lately.", { class: "soft" })]));
}

// Measures of evaluations over time, as lines from 0 to 1.
export function quality(svg, table, evaluations) {
  const space = svg.namespaceURI;
  const done = evaluations.filter(e => e.status === "done" && e.ended_at).sort((a, b) => a.ended_at.localeCompare(b.ended_at));
  svg.parentElement.hidden = done.length === 0;
  if (done.length === 0) {
    return;
  }
  const [width, height, left, right, top, bottom] = [Math.max(240, svg.clientWidth), 180, 46, 8, 8, 24];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const times = done.map(e => Date.parse(e.ended_at));
  const [first, last] = [times[0], times.at(-1)];
  const x = time => left + (width - left - right) * (last === first ? 0.5 : (time - first) / (last - first));
  const y = value => top + (height - top - bottom) * (1 - value);
  const draw = (tag, attributes, content = []) => element(tag, content, attributes, space);
  const grid = [0, 0.5, 1].flatMap(value => [
    draw("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "grid" }),
    draw("text", { x: left - 6, y: y(value) + 4, class: "axis", "text-anchor": "end" }, `${value * 100} %`),
  ]);
  const day = time => new Date(time).toLocaleDateString();
  const dates = first === last ? [[first, "middle"]] : [[first, "start"], [last, "end"]];
  const series = measures.flatMap(([field, name], i) => {
    const points = done.map((e, n) => ({ e, at: times[n], value: e[field] })).filter(p => p.value !== null);
    const path = points.map((p, n) => `${n ? "L" : "M"}${x(p.at).toFixed(1)} ${y(p.value).toFixed(1)}`).join("");
    return [
      draw("path", { d: path || "M0 0", class: `line line-${i}` }),
      ...points.map(p => {
        const text = `${name} ${(p.value * 100).toFixed(1)} %, version ${p.e.version}, ${new Date(p.at).toLocaleString()}${p.e.name ? `, ${p.e.name}` : ""}`;
        return draw("circle", { cx: x(p.at).toFixed(1), cy: y(p.value).toFixed(1), r: 4, class: `dot dot-${i}`, tabindex: "0", role: "img", "aria-label": text }, draw("title", {}, text));
      }),
    ];
  });
  svg.replaceChildren(...grid, ...dates.map(([time, anchor]) => draw("text", { x: x(time), y: height - 6, class: "axis", "text-anchor": anchor }, day(time))), ...series);
  const share = value => value === null ? "" : `${(value * 100).toFixed(1)} %`;
  table.tBodies[0].replaceChildren(...done.toReversed().map(e => element("tr", [
    element("td", new Date(e.ended_at).toLocaleString()), element("td", String(e.version), { class: "number" }), element("td", e.name ?? ""),
    ...measures.map(([field]) => element("td", share(e[field]), { class: "number" })),
    element("td", e.perplexity_ratio === null ? "" : e.perplexity_ratio.toFixed(3), { class: "number" }),
  ])));
}
