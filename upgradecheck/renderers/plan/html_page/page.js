// The rows of the appendix: searched, filtered, sorted, and shown a page at a time. Everything else in the page is there without this.
"use strict";
(() => {
  const FIELDS = ["verdict", "namespace", "pod", "container", "workload", "node", "why", "evidence"];
  const LABELS = ["Verdict", "Namespace", "Pod", "Container", "Workload", "Node", "Why", "Evidence"];
  const WHY = FIELDS.indexOf("why");
  const A_PAGE = matchMedia("(max-width: 44rem)").matches ? 25 : 50;
  const by = (id) => document.getElementById(id);
  const [form, search, result, table, pages] = ["filters", "search", "result", "all", "pages"].map(by);
  const body = table.tBodies[0];
  const boxes = [...form.querySelectorAll("input[name=verdict]")];
  const words = new Map(boxes.map((box) => [box.value, box.dataset.word]));
  const ranks = new Map(boxes.map((box, place) => [box.value, place]));

  // A block has each text once, and rows that point to it: a word is looked for in texts, not in rows, of which many say the same.
  const blocks = [], rows = [];
  for (const element of document.querySelectorAll("script.rows")) {
    const {texts, rows: pointing} = JSON.parse(element.textContent);
    const low = texts.map((text) => (words.has(text) ? `${text}\n${words.get(text)}` : text).toLowerCase());
    const block = {low, hits: []};
    blocks.push(block);
    for (const places of pointing) rows.push({block, places, cells: places.map((place) => texts[place])});
    element.remove();
  }
  rows.sort((a, b) => ranks.get(a.cells[0]) - ranks.get(b.cells[0]));

  let found = rows, page = 0, sorted = {column: 0, down: false};

  // node:worker-1 looks in one field, node=worker-1 for that name alone; quotes keep blanks.
  function asked(text) {
    const parts = [];
    for (const [, name, sign, quoted, bare] of text.matchAll(/(?:([a-z]+)([:=]))?(?:"((?:[^"\\]|\\.)*)"|(\S+))/gi)) {
      const place = FIELDS.indexOf((name ?? "").toLowerCase());
      const word = (quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1")).toLowerCase();
      if (name !== undefined && place < 0) parts.push({place: -1, word: `${name}${sign}${word}`.toLowerCase(), whole: false});
      else parts.push({place, word, whole: sign === "="});
    }
    return parts;
  }

  const says = (text, {word, whole}) => (whole ? text === word || text.startsWith(`${word}\n`) : text.includes(word));

  // Of each block, which of its texts say what is asked.
  function lookThrough(parts) {
    for (const block of blocks) block.hits = parts.map((part) => Uint8Array.from(block.low, (text) => says(text, part)));
  }

  // Anywhere: what is shown, and of the details behind it the texts, not their labels.
  function fits({block, places}, part, number) {
    const hits = block.hits[number];
    if (part.place >= 0) return hits[places[part.place]] === 1;
    for (let at = 0; at < places.length; at += at < FIELDS.length - 1 ? 1 : 2) if (hits[places[at]]) return true;
    return false;
  }

  const chosen = (name) => new Set([...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value));

  function filter() {
    const verdicts = chosen("verdict"), evidence = chosen("evidence"), parts = asked(search.value);
    lookThrough(parts);
    found = rows.filter((row) =>
      (!verdicts.size || verdicts.has(row.cells[0])) &&
      (!evidence.size || evidence.has(row.cells[FIELDS.length - 1])) &&
      parts.every((part, number) => fits(row, part, number)));
    page = 0;
    show();
  }

  function sort(column) {
    sorted = {column, down: sorted.column === column && !sorted.down};
    const sign = sorted.down ? -1 : 1;
    const compare = column === 0
      ? (a, b) => ranks.get(a.cells[0]) - ranks.get(b.cells[0])
      : (a, b) => (a.cells[column] < b.cells[column] ? -1 : a.cells[column] > b.cells[column] ? 1 : 0);
    rows.sort((a, b) => sign * compare(a, b));
    [...table.tHead.rows[0].cells].forEach((cell, place) => {
      if (place === column) cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    filter();
  }

  function made(name, text, kind) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  }

  function details(row) {
    const whole = made("details"), list = made("dl");
    for (let place = FIELDS.length; place < row.cells.length; place += 2) {
      const pair = made("div"), value = made("dd");
      value.append(made("bdi", row.cells[place + 1]));
      pair.append(made("dt", row.cells[place]), value);
      list.append(pair);
    }
    whole.append(made("summary", row.cells[WHY]), list);
    return whole;
  }

  function line(row) {
    const shown = made("tr");
    FIELDS.forEach((field, place) => {
      const cell = made("td");
      cell.dataset.label = LABELS[place];
      if (field === "verdict") cell.append(made("span", words.get(row.cells[0]), `chip v-${row.cells[0]}`));
      else if (field === "why") cell.append(details(row));
      else if (field === "evidence") cell.textContent = row.cells[place];
      else cell.append(made("bdi", row.cells[place], "name"));
      shown.append(cell);
    });
    return shown;
  }

  function show() {
    const last = Math.max(0, Math.ceil(found.length / A_PAGE) - 1);
    page = Math.min(Math.max(page, 0), last);
    const start = page * A_PAGE, some = found.slice(start, start + A_PAGE);
    body.replaceChildren(...some.map(line));
    const [first, past, all, every] = [start + 1, start + some.length, found.length, rows.length].map((number) => number.toLocaleString("en"));
    const which = found.length > A_PAGE ? `; ${first} to ${past} are shown` : "";
    result.textContent = `${all} of ${every} rows${which}`;
    by("page").textContent = `Page ${page + 1} of ${last + 1}`;
    pages.hidden = last === 0;
    by("first").disabled = by("previous").disabled = page === 0;
    by("last").disabled = by("next-page").disabled = page === last;
  }

  function turn(to) {
    page = to;
    show();
    if (document.activeElement.disabled) by(page === 0 ? "next-page" : "previous").focus();
    table.scrollIntoView({block: "nearest"});
  }

  function lookFor(query) {
    form.reset();
    search.value = query;
    filter();
    search.focus({preventScroll: true});
    by("rows").scrollIntoView();
  }

  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = made("button", cell.textContent, "sort");
    button.type = "button";
    button.addEventListener("click", () => sort(column));
    cell.replaceChildren(button);
  });
  table.tHead.rows[0].cells[0].setAttribute("aria-sort", "ascending");

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  by("first").addEventListener("click", () => turn(0));
  by("previous").addEventListener("click", () => turn(page - 1));
  by("next-page").addEventListener("click", () => turn(page + 1));
  by("last").addEventListener("click", () => turn(Infinity));
  for (const link of document.querySelectorAll("a.filter")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      lookFor(link.dataset.query);
    });
  }
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; filter(); }
    else if (event.key === "PageDown") turn(page + 1);
    else if (event.key === "PageUp") turn(page - 1);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // What is folded is opened for paper, but for the rows' own.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.closest("#all"));
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });

  // The choice of colours is kept where the browser lets a file keep anything.
  try {
    const kept = by(`theme-${localStorage.getItem("upgradecheck-theme")}`);
    if (kept) kept.checked = true;
    for (const one of document.querySelectorAll("input[name=theme]")) {
      one.addEventListener("change", () => localStorage.setItem("upgradecheck-theme", one.id.replace("theme-", "")));
    }
  } catch { /* then not */ }

  for (const one of document.querySelectorAll(".static")) one.hidden = true;
  form.hidden = false;
  show();
})();
