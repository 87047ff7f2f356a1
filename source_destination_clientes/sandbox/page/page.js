// The sandbox's page. All that it shows comes from /_sandbox/overview; values become text nodes, never markup.

import { WORDS } from "/words.js";

const EVERY_MS = 1000;
const SHOPS_SHOWN = 6;
const OPERATIONS = ["send", "open", "close", "token", "status", "customers", "attach", "files"];
const KINDS = {
  503: { kind: "status", status: 503 },
  429: { kind: "status", status: 429, headers: { "Retry-After": "2" } },
  reset: { kind: "reset" },
  drop_after: { kind: "drop_after" },
  stall: { kind: "stall", seconds: 5 },
  empty_body: { kind: "empty_body" },
  not_json: { kind: "not_json" },
};

const at = (id) => document.getElementById(id);
const asked = { language: preferredLanguage(), lote: null, reveal: false };
let shown = null;
let newestCall = 0;

function preferredLanguage() {
  const chosen = localStorage.getItem("language") ?? navigator.language;
  return chosen.startsWith("pt") ? "pt" : "en";
}

const word = (name) => WORDS[asked.language][name] ?? name;
const number = (value) => value.toLocaleString(asked.language);
const operation = (name) => word(name === "open" ? "open_lote" : name);

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

const span = (kind, text) => element("span", { class: kind }, text);
const fill = (id, items, empty) => at(id).replaceChildren(...(items.length ? items : [element("li", { class: "empty" }, word(empty))]));

function renderCounts({ counts }) {
  const entry = (name, value, note) => element("div", {}, element("dt", {}, word(name)),
    element("dd", {}, number(value), note && element("small", {}, note)));
  const note = counts.lotes ? (counts.open ? WORDS[asked.language].open_now(counts.open) : word("all_closed")) : null;
  at("counts").replaceChildren(...[
    entry("count_calls", counts.calls),
    entry("count_lotes", counts.lotes, note),
    entry("count_tills", counts.tills),
    entry("count_refused", counts.refused),
    counts.attached ? entry("count_attached", counts.attached) : null,
  ].filter(Boolean));
}

function renderLotes({ lotes, lote }) {
  const focused = document.activeElement?.id;
  fill("lotes", lotes.map((each) => loteItem(each, lote)), "no_lotes");
  if (focused) at(focused)?.focus();
}

function loteItem(each, chosen) {
  const words = WORDS[asked.language];
  const state = each.closed_at === null ? "open" : "closed";
  const choose = () => { asked.lote = each.loteOrigem; refresh(); };
  return element("li", { class: state },
    element("button", { type: "button", id: each.loteOrigem, onclick: choose, "aria-pressed": String(each.loteOrigem === chosen.loteOrigem) },
      element("code", {}, each.loteOrigem),
      span(`pill ${state}`, word(state)),
      span("sizes", [words.rows(each.records, number(each.records)), words.requests(each.requests)].join(" · ")),
      each.refused > 0 && span("bad", words.refused(each.refused, number(each.refused)))),
    element("div", { class: "shops" },
      ...each.stores.slice(0, SHOPS_SHOWN).map(shopItem),
      each.stores.length > SHOPS_SHOWN && span("", words.more_shops(each.stores.length - SHOPS_SHOWN))));
}

function shopItem({ store, status, refused }) {
  const words = WORDS[asked.language];
  return element("span", { class: `shop s${status}` },
    element("b", {}, `${word("shop")} ${store}`), element("i", { class: "bar" }),
    word(`store_${status}`), refused > 0 && span("bad", words.refused(refused, number(refused))));
}

function renderRecords({ lote, lotes }) {
  at("lote").textContent = lote ? lote.loteOrigem : "";
  at("reveal").textContent = word(asked.reveal ? "hide" : "show");
  at("reveal").setAttribute("aria-pressed", String(asked.reveal));
  const open = lotes.some((each) => each.loteOrigem === lote?.loteOrigem && each.closed_at === null);
  fill("records", (lote?.records ?? []).map((record) => recordItem(record, open)), "no_records");
}

function recordItem(record, open) {
  const why = record.refused ?? record.refused_by_store;
  const state = record.refused ? "by_api" : why ? "by_store" : open ? "in_open" : "at_tills";
  return element("li", { class: why ? "refused" : null },
    element("code", {}, record.key), span("name", record.name), span("document", record.document), span("place", record.place),
    span(`pill ${why ? "bad" : open ? "open" : "closed"}`, record.object === "cliente" ? word(state) : `${word(record.object)} · ${word(state)}`),
    why && span("why", why));
}

function renderFaults({ faults }) {
  at("forget").hidden = faults.length === 0;
  at("faults").replaceChildren(...faults.map((fault) => element("li", { class: fault.complete ? "complete" : null },
    element("b", {}, operation(fault.operation)), word(`kind_${fault.status ?? fault.kind}`),
    span("pill", word(fault.complete ? "done" : "waits")),
    span("fired", WORDS[asked.language].fired(fault.fired, fault.planned)))));
}

function renderCalls({ calls, now }) {
  const clock = (started) => new Date(Date.now() - (now - started) * 1000).toLocaleTimeString(asked.language === "pt" ? "pt-BR" : "en-GB");
  fill("calls", calls.map((call) => element("li", { class: call.started > newestCall && newestCall ? "new" : null, title: `${call.method} ${call.path}` },
    element("time", {}, clock(call.started)),
    element("span", {}, element("b", {}, operation(call.operation)), call.fault && span("pill bad", call.fault)),
    span("sizes", call.records ? WORDS[asked.language].rows(call.records, number(call.records)) : ""),
    span("took", `${number(Math.round((call.ended - call.started) * 1000))} ms`),
    span(call.status < 400 ? "good" : "bad", String(call.status)))), "no_calls");
  newestCall = Math.max(newestCall, ...calls.map((call) => call.started));
}

const SECTIONS = [
  [renderCounts, ({ counts }) => counts],
  [renderLotes, ({ lotes, lote }) => [lotes, lote?.loteOrigem]],
  [renderRecords, ({ lote, lotes }) => [lote, lotes.map((each) => each.closed_at), asked.reveal]],
  [renderFaults, ({ faults }) => faults],
  [renderCalls, ({ calls }) => calls],
];

// A section is drawn again only if what it shows has changed, so that focus and selection stay where they are.
function render(state) {
  for (const section of SECTIONS) {
    const [draw, part] = section;
    const drawn = JSON.stringify([asked.language, part(state)]);
    if (section[2] !== drawn) draw(state);
    section[2] = drawn;
  }
}

async function refresh() {
  const query = new URLSearchParams({ ...(asked.lote && { lote: asked.lote }), ...(asked.reveal && { reveal: 1 }) });
  try {
    const answer = await fetch(`/_sandbox/overview?${query}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const before = shown;
    shown = await answer.json();
    const empty = shown.lotes.length === 0;
    if (before === null || empty !== (before.lotes.length === 0)) at("connect").open = empty;
    render(shown);
    live(true);
  } catch {
    live(false);
  }
}

function live(answers) {
  at("live").className = answers ? "yes" : "no";
  at("live").textContent = word(answers ? "live" : "gone");
}

async function steer(path, method, content) {
  const body = content === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
  const answer = await fetch(`/_sandbox/${path}`, { method, ...body }).catch(() => null);
  const trouble = answer === null ? word("gone") : answer.ok ? "" : (await answer.json()).message;
  at("trouble").hidden = !trouble;
  at("trouble").textContent = trouble;
  await refresh();
}

function plan(name) {
  const times = Math.max(1, Math.trunc(at("times").valueAsNumber || 1));
  return steer("faults", "POST", { operation: at("operation").value, times, ...KINDS[name] });
}

function openAnothersLote() {
  return steer("lotes", "POST", { idInquilino: shown?.lotes[0]?.idInquilino ?? "inq-1", owner_closes_after: 30 });
}

function kindButton(name, plans) {
  return element("button", { type: "button", id: `kind-${name}`, onclick: plans }, element("b", {}, word(`kind_${name}`)), word(`kind_${name}_`));
}

function speak() {
  document.documentElement.lang = asked.language === "pt" ? "pt-BR" : "en";
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  at("language").textContent = word("switch");
  at("language").lang = asked.language === "pt" ? "en" : "pt-BR";
  const chosen = at("operation").value || OPERATIONS[0];
  at("operation").replaceChildren(...OPERATIONS.map((name) => element("option", { value: name, selected: name === chosen }, operation(name))));
  at("kinds").replaceChildren(...Object.keys(KINDS).map((name) => kindButton(name, () => plan(name))), kindButton("lote", openAnothersLote));
  if (shown) render(shown);
}

function configOfThisSandbox() {
  const here = location.origin;
  return {
    environment: { environment_type: "custom", control_url: `${here}/controleprocesso`, clientes_url: `${here}/cliente` },
    credentials: {
      auth_type: "rac_password", username: "any", password: "any", client_id: "any", client_secret: "any",
      token_url: `${here}/totvs.rac/connect/token`,
    },
    id_inquilino: "inq-1",
    id_proprietario: "matriz",
  };
}

at("config").textContent = JSON.stringify(configOfThisSandbox(), null, 2);
at("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(at("config").textContent);
  at("copy").textContent = word("copied");
});
at("reveal").addEventListener("click", () => { asked.reveal = !asked.reveal; refresh(); });
at("forget").addEventListener("click", () => steer("faults", "DELETE"));
at("reset").addEventListener("click", () => confirm(word("really")) && steer("reset", "POST", {}));
at("language").addEventListener("click", () => {
  asked.language = asked.language === "pt" ? "en" : "pt";
  localStorage.setItem("language", asked.language);
  speak();
  live(at("live").className !== "no");
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());

speak();
await refresh();
for (;;) {
  await new Promise((wake) => setTimeout(wake, EVERY_MS));
  if (!document.hidden) await refresh();
}
