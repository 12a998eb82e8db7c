// The console: everything it shows comes from the API that any other client has, and is put into the page as text, never as HTML.

import { latency, quality } from "/charts.js";

const $ = id => document.getElementById(id);
const forms = { ask: $("ask").elements, edit: $("edit").elements };
const page = 25;
const name = { model: "", head: 0 };
let cursor = null;
let asking = null;

// A node with text or other nodes in it.
function node(tag, content = [], attributes = {}) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...[content].flat());
  return made;
}

function tell(error) {
  $("trouble").hidden = !error;
  $("trouble").textContent = error ? error.message : "";
}

// Does what a person asked for and shows what went wrong.
function guarded(work) {
  return async event => {
    event?.preventDefault();
    tell(null);
    try {
      await work(event);
    } catch (error) {
      if (error.name !== "AbortError") {
        tell(error);
      }
    }
  };
}

async function send(path, { body, headers = {}, method, signal } = {}) {
  const key = sessionStorage.getItem("key");
  const response = await fetch(path, {
    method: method ?? (body ? "POST" : "GET"),
    body: body ? JSON.stringify(body) : undefined,
    headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}), ...(key ? { Authorization: `Bearer ${key}` } : {}) },
    signal,
  });
  if (!response.ok) {
    $("key").hidden = response.status !== 401;
    const told = await response.json().catch(() => ({}));
    throw new Error(told.detail ?? told.error?.message ?? `The server answered ${response.status}.`);
  }
  return response;
}

const get = async path => (await send(path)).json();
const lines = text => text.split("\n").map(line => line.trim()).filter(line => line);
const range = shard => shard.end_block - shard.first_block > 1 ? `${shard.first_block}–${shard.end_block - 1}` : shard.end_block > shard.first_block ? `${shard.first_block}` : "";
const percent = p => p === null || p === undefined ? "" : p < 0.001 ? p.toExponential(1) : p.toFixed(3);

// ---- versions

function options(select, chosen) {
  const versions = [...Array(name.head + 1).keys()].reverse();
  select.replaceChildren(node("option", "none", { value: "" }), ...versions.slice(0, 200).map(v => node("option", `${name.model}@${v}${v === name.head ? " (newest)" : ""}`, { value: v })));
  if (versions.length > 200) {
    select.append(node("option", `${name.model}@0`, { value: 0 }));
  }
  select.value = chosen;
}

function what(version) {
  if (version.kind === "revert") {
    return [`revert of ${version.reverts.join(", ")}`];
  }
  if (version.kind === "consolidation") {
    return [`consolidation of ${version.consolidates} edits`];
  }
  return version.edits.flatMap((edit, i) => [...(i ? [node("br")] : []), `${edit.prompt} → `, node("strong", edit.target), edit.forced ? " (forced)" : ""]);
}

function who(version) {
  const origins = [version.origin, ...version.edits.map(edit => edit.origin)].filter(origin => origin);
  return [...new Set(origins.map(o => [o.author, o.reason, o.source, o.approver ? `approved by ${o.approver}` : ""].filter(part => part).join("; ")))].join(" | ");
}

function row(version) {
  const revert = node("button", "Revert", { type: "button", "aria-label": `Revert version ${version.version}` });
  revert.disabled = !version.is_live;
  revert.addEventListener("click", guarded(async () => {
    revert.disabled = true;
    await send(`/v1/versions/${version.version}/revert`, { body: {} });
    await refresh();
  }));
  return node("tr", [
    node("td", String(version.version), { class: "number" }),
    node("td", what(version)),
    node("td", who(version)),
    node("td", new Date(version.time).toLocaleString()),
    node("td", version.is_live ? "in effect" : `reverted by ${version.reverted_by}`, { class: "plain" }),
    node("td", revert, { class: "plain" }),
  ], { class: version.is_live ? "" : "reverted" });
}

async function versions(more) {
  const query = new URLSearchParams({ limit: page, q: $("search").elements.q.value, ...(more ? { cursor } : {}) });
  const told = await get(`/v1/versions?${query}`);
  const rows = told.data.map(row);
  if (more) {
    $("versions").tBodies[0].append(...rows);
  } else {
    $("versions").tBodies[0].replaceChildren(...(rows.length ? rows : [node("tr", node("td", "None yet.", { colspan: 6 }))]));
  }
  cursor = told.next_cursor;
  $("more").hidden = cursor === null;
}

// ---- blocks

async function cluster() {
  const told = await get("/v1/cluster");
  const away = { name: "nowhere", memory: 0 };
  const silos = [...told.silos, ...(told.shards.some(s => s.silo === null) ? [away] : [])];
  $("silos").replaceChildren(...silos.map(silo => {
    const shards = told.shards.filter(s => s.silo === silo.name || (silo === away && s.silo === null));
    return node("div", [
      node("p", `${silo.name}${silo.memory ? `, ${(silo.memory / 2 ** 20).toFixed(0)} MiB in use` : ""}`),
      node("div", shards.map(s => {
        const state = s.serves ? "serves" : s.silo === null ? "has no silo" : `loads, ${s.stages_loaded} of ${s.stages}`;
        const bar = node("span", range(s), { class: s.serves ? "" : "down", title: `shard ${s.shard}: blocks ${range(s)}, ${state}` });
        bar.style.flexGrow = Math.max(1, s.end_block - s.first_block);
        return bar;
      }), { class: "bar", role: "img", "aria-label": `${silo.name}: ${shards.map(s => `blocks ${range(s)}, ${s.serves ? "serving" : "not serving"}`).join("; ")}` }),
    ], { class: "silo" });
  }));
  name.model = told.model;
  name.head = told.version;
  $("head").textContent = `${told.model}, ${told.family}, ${told.blocks} blocks, version ${told.version}`;
}

async function refresh() {
  const { left, right } = forms.ask;
  const follows = !left.options.length || Number(left.value) === name.head;
  const against = right.options.length ? right.value : 0;
  await cluster();
  options(left, follows ? name.head : left.value);
  options(right, against);
  await Promise.all([versions(false), canary(), charts()]);
}

// ---- charts

let evaluations = [];

async function charts() {
  const [edits, told] = await Promise.all([get("/v1/edits?limit=500"), get("/v1/evaluations?limit=1000")]);
  latency($("latency"), edits.data);
  evaluations = told.data;
  quality($("quality"), $("evaluations"), evaluations);
}

new ResizeObserver(() => quality($("quality"), $("evaluations"), evaluations)).observe($("quality-title"));

$("evaluate").addEventListener("submit", guarded(async () => {
  const file = $("evaluate").elements.records.files[0];
  const begun = await send("/v1/evaluations", { body: { records: await file.text(), name: file.name, author: forms.edit.author.value.trim() || undefined } });
  try {
    for await (const told of events(await send(`${begun.headers.get("Location")}/events`))) {
      $("evaluate-state").textContent = told.status === "running" ? `${told.done} of ${told.records} …` : `${told.status}: version ${told.version}, ${told.records} records.`;
      if (told.error) {
        throw new Error(told.error.detail);
      }
    }
  } catch (error) {
    $("evaluate-state").textContent = "";
    throw error;
  }
  await charts();
}));

// ---- asking

// The data of server-sent events, as they come.
async function* events(response) {
  let buffer = "";
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    buffer += bytes;
    for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
      const data = buffer.slice(0, end).split("\n").filter(line => line.startsWith("data: ")).map(line => line.slice(6)).join("\n");
      buffer = buffer.slice(end + 2);
      if (data && data !== "[DONE]") {
        yield JSON.parse(data);
      }
    }
  }
}

async function answer(version, place, caption, signal) {
  caption.textContent = version === "" ? "" : `${name.model}@${version}`;
  place.replaceChildren();
  if (version === "") {
    return;
  }
  const prompt = forms.ask.prompt.value;
  place.append(node("span", prompt, { class: "asked" }));
  const response = await send("/v1/completions", {
    body: { model: `${name.model}@${version}`, prompt, max_tokens: Number(forms.ask.tokens.value), temperature: 0, stream: true },
    signal,
  });
  for await (const piece of events(response)) {
    if (piece.error) {
      throw new Error(piece.error.message);
    }
    place.append(piece.choices[0]?.text ?? "");
  }
}

$("ask").addEventListener("submit", guarded(async () => {
  asking?.abort();
  const mine = asking = new AbortController();
  $("stop").hidden = false;
  try {
    await Promise.all([
      answer(forms.ask.left.value, $("left"), $("left-name"), mine.signal),
      answer(forms.ask.right.value, $("right"), $("right-name"), mine.signal),
    ]);
  } finally {
    mine.abort();
    if (asking === mine) {
      $("stop").hidden = true;
    }
  }
}));
$("stop").addEventListener("click", () => asking?.abort());

// ---- editing

function edit() {
  const text = field => forms.edit[field].value.trim() || undefined;
  return {
    prompt: forms.edit.prompt.value, target: forms.edit.target.value, subject: text("subject"), rephrases: lines(forms.edit.rephrases.value),
    author: text("author"), reason: text("reason"), source: text("source"),
  };
}

// What edits would do, as a table.
function previewed(preview) {
  const { earlier, guard } = preview;
  const kept = guard?.changed.filter(one => one.is_protected) ?? [];
  const caption = [
    `On top of version ${preview.version}; nothing is committed.`,
    earlier.looked ? `Of ${earlier.looked} earlier edits ${earlier.lost.length} would be lost.` : "",
    guard ? `Of ${guard.looked} answers that the guard looks at ${guard.changed.length} would change, ${guard.tolerated} may.` : "",
    ...(guard?.faults ?? []).map(fault => `The guard would refuse it: ${fault}.`),
  ].filter(part => part).join(" ");
  const heads = ["", "prompt", "before", "after"].map(text => node("th", text));
  const numbers = ["p before", "p after"].map(text => node("th", text, { class: "number" }));
  return node("table", [
    node("caption", caption),
    node("thead", node("tr", [...heads, ...numbers])),
    node("tbody", [
      ...preview.prompts.map(p => node("tr", [
        node("td", p.kind),
        node("td", p.prompt),
        node("td", p.before.answer),
        node("td", p.after.answer, { class: p.before.answer === p.after.answer ? "" : "changed" }),
        node("td", percent(p.before.probability), { class: "number" }),
        node("td", percent(p.after.probability), { class: "number" }),
      ])),
      ...preview.earlier.lost.map(p => node("tr", [
        node("td", "lost", { class: "lost" }), node("td", p.prompt), node("td", p.target), node("td", ""),
        node("td", percent(p.probability_before), { class: "number" }), node("td", percent(p.probability_after), { class: "number" }),
      ])),
      ...kept.map(p => node("tr", [
        node("td", "protected", { class: "lost" }), node("td", p.prompt), node("td", p.answer), node("td", "something else", { class: "lost" }), node("td", ""), node("td", ""),
      ])),
    ]),
  ], { class: "preview" });
}

// Does something with the edit of the form, and says what while it is at it.
async function working(what, work) {
  $("edit-state").textContent = what;
  try {
    $("edit-state").textContent = await work() ?? "";
  } catch (error) {
    $("edit-state").textContent = "";
    throw error;
  }
}

// The share of requests that a version is tried on, as requests have it: nothing for all.
const share = value => Number(value) < 1 ? Number(value) : undefined;
const looked = () => ({ ...edit(), locality: lines(forms.edit.locality.value) });

$("preview").addEventListener("click", guarded(async () => {
  if ($("edit").reportValidity()) {
    await working("Looking …", async () => {
      $("preview-place").replaceChildren(previewed(await (await send("/v1/edits/preview", { body: looked() })).json()));
    });
  }
}));

$("propose").addEventListener("click", guarded(async () => {
  if ($("edit").reportValidity()) {
    await working("Looking …", async () => {
      const made = await (await send("/v1/proposals", { body: looked(), headers: { "Idempotency-Key": crypto.randomUUID() } })).json();
      await proposals();
      return `Proposed as number ${made.id}.`;
    });
  }
}));

$("edit").addEventListener("submit", guarded(async () => {
  await working("At work …", async () => {
    const accepted = await send("/v1/edits", { body: { ...edit(), canary: share(forms.edit.share.value) }, headers: { "Idempotency-Key": crypto.randomUUID() } });
    const response = await send(`${accepted.headers.get("Location")}/events`);
    for await (const happened of events(response)) {
      $("edit-state").textContent = happened.stage ? `${happened.stage} …` : "";
      if (happened.error) {
        throw new Error(happened.error.detail);
      }
      if (happened.version) {
        await refresh();
        return `Committed as version ${happened.version}.`;
      }
    }
    return "";
  });
}));

// ---- proposals

function stateOf(proposal) {
  const last = proposal.decisions.at(-1);
  const decided = [proposal.status, last?.by ? `by ${last.by}` : "", last?.reason ? `(${last.reason})` : ""].filter(part => part).join(" ");
  return proposal.status === "committed" ? `version ${proposal.version}, ${decided.replace("committed", "approved")}` : decided;
}

function shown(proposal, open) {
  const reason = node("input", [], { "aria-label": `Reason of the decision on proposal ${proposal.id}`, placeholder: "reason" });
  const part = node("input", [], { "aria-label": `Share of requests that proposal ${proposal.id} is tried on`, type: "number", min: "0.01", max: "1", step: "0.01", value: "1", title: "share of requests, 1 for all" });
  const decide = (verb, name, attributes) => {
    const button = node("button", name, { "aria-label": `${name} proposal ${proposal.id}`, ...attributes });
    button.addEventListener("click", guarded(async () => {
      button.disabled = true;
      try {
        await send(`/v1/proposals/${proposal.id}/${verb}`, { body: { author: forms.edit.author.value.trim() || undefined, reason: reason.value.trim() || undefined, ...(verb === "approve" ? { canary: share(part.value) } : {}) } });
      } finally {
        button.disabled = false;
        await Promise.all([refresh(), proposals()]);
      }
    }));
    return button;
  };
  const pending = !["declined", "committed"].includes(proposal.status);
  return node("details", [
    node("summary", [
      `${proposal.id}: `,
      ...proposal.edits.flatMap((one, i) => [i ? "; " : "", `${one.prompt} → `, node("strong", one.target)]),
      node("span", ` ${[who({ origin: proposal.origin, edits: [] }), stateOf(proposal)].filter(part => part).join(" · ")}`, { class: "soft" }),
    ]),
    previewed(proposal.preview),
    ...proposal.rejected.map(one => node("p", `${one.prompt} → ${one.target}: ${one.reason}`, { class: "lost" })),
    ...(pending && !proposal.is_current ? [node("p", "Versions were committed since; approving looks again first, and asks if something else would happen.", { class: "soft" })] : []),
    ...(pending ? [node("div", [reason, part, decide("approve", "Approve", {}), decide("decline", "Decline", { type: "button" })], { class: "row decide" })] : []),
  ], open ? { id: `proposal-${proposal.id}`, open: "" } : { id: `proposal-${proposal.id}` });
}

// The version on trial, and its end.
async function canary() {
  const told = await get("/v1/canary");
  $("canary").hidden = told.version === null;
  if (told.version === null) {
    return;
  }
  const end = (verb, name) => {
    const button = node("button", name, { type: "button" });
    button.addEventListener("click", guarded(async () => {
      await send(`/v1/canary/${verb}`, { body: { author: forms.edit.author.value.trim() || undefined } });
      await refresh();
    }));
    return button;
  };
  const waiting = told.waiting ? ` ${told.waiting} newer wait.` : "";
  $("canary").replaceChildren(`Version ${told.version} is tried on ${(told.share * 100).toFixed(0)} % of the requests, the others read version ${told.stable}.${waiting} `, end("promote", "Promote"), " ", end("withdraw", "Withdraw"));
}

async function proposals() {
  const told = await get("/v1/proposals?limit=100");
  const some = told.data.filter(p => $("decided").checked || !["declined", "committed"].includes(p.status));
  const opened = new Set([...$("proposals").querySelectorAll("details[open]")].map(one => one.id));
  $("proposals").replaceChildren(...(some.length ? some.map(p => shown(p, opened.has(`proposal-${p.id}`))) : [node("p", "None waits for a decision.", { class: "soft" })]));
}

// ---- the rest

$("key").addEventListener("submit", guarded(async () => {
  sessionStorage.setItem("key", $("key").elements.key.value);
  $("key").reset();
  await Promise.all([refresh(), proposals()]);
  $("key").hidden = true;
}));
let typing = 0;
$("search").addEventListener("submit", event => event.preventDefault());
$("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(guarded(() => versions(false)), 200);
});
$("decided").addEventListener("change", guarded(proposals));
$("more").addEventListener("click", guarded(() => versions(true)));
addEventListener("keydown", event => {
  if (event.key === "Escape") {
    asking?.abort();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.target.form.requestSubmit();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select")) {
    const place = { "/": forms.ask.prompt, e: forms.edit.prompt, v: $("search").elements.q, p: $("proposals").querySelector("summary") ?? $("decided") }[event.key];
    if (place) {
      event.preventDefault();
      place.focus();
    }
  }
});

guarded(() => Promise.all([refresh(), proposals()]))();
setInterval(() => {
  if (document.visibilityState === "visible" && $("key").hidden) {
    cluster().catch(tell);
  }
}, 5000);
