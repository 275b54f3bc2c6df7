// Which cells are shown: the form, the address, the boxes of the matrix.

const form = document.getElementById('filters');
const FIELDS = ['tag', 'pool', 'version', 'method', 'verdict', 'text'];

const matrix = document.getElementById('matrix');
const rows = [...matrix.querySelectorAll('tr[data-s]')];
const boxes = rows.flatMap((row) => [...row.querySelectorAll('button')].map((element) => {
  const column = element.closest('td');
  const [first, last] = element.dataset.v.split(' ').map(Number);
  const methods = element.dataset.m?.split(' ');
  const p = Number(column.dataset.p);
  const mine = (cellsOf.get(`${row.dataset.s} ${p}`) ?? []).filter((cell) =>
    cell.v >= first && cell.v <= last && (!methods || methods.includes(index.methods[cell.m])));
  return { element, row, column, p, first, last, cells: mine, differs: 'differs' in column.dataset };
}));

// A place in a source, as users copy it, is found however it is written; as `repro find` does it.
const PLACE = /^([\w./-]+\.\w+)(?::|"?, line )(\d+)$/;

function pattern(asked) {
  const plain = (text) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  const place = PLACE.exec(asked.trim());
  return new RegExp(place ? `(?<![\\w-])${plain(place[1])}(?:"?, line |:)${place[2]}(?!\\d)` : plain(asked.trim()), 'i');
}

function says(cell, wanted) {
  const texts = [
    cell.error ? cell.error.join(': ') : '', ...(cell.stacks ?? []).map(([, text]) => text),
    ...cell.explanation, cell.reason, cell.stderr ?? '',
  ];
  return texts.some((text) => wanted.test(text));
}

const answers = new Map(); // by what was asked: 1 for each cell that says so

async function saying(asked) {
  if (!answers.has(asked)) {
    const wanted = pattern(asked);
    const chapters = await Promise.all(index.scenarios.map((_, s) => chapter(s)));
    const named = index.scenarios.map(({ name, title }) => wanted.test(name) || wanted.test(title));
    answers.set(asked, Uint8Array.from(cells, (cell) => named[cell.s] || says(chapters[cell.s].cells[cell.place], wanted)));
  }
  return answers.get(asked);
}

// What is asked for, from the form.
function asked() {
  const found = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value.trim()]));
  return { ...found, differs: form.elements.differs.checked };
}

function askedInAddress() {
  return new URLSearchParams(location.hash.slice(1));
}

function intoForm(parameters) {
  for (const name of FIELDS) form.elements[name].value = parameters.get(name) ?? '';
  form.elements.differs.checked = parameters.has('differs');
}

// The address of this view. cell: the one that is open, or nothing.
function address(cell) {
  const { differs, ...texts } = asked();
  const parameters = new URLSearchParams(Object.entries(texts).filter(([, value]) => value));
  if (differs) parameters.set('differs', '1');
  if (cell) parameters.set('cell', nameOf(cell));
  return `#${parameters}`;
}

// A view is a step, which the browser's button takes back. typed: what was changed is the text; its letters are one.
let typing = false;

function goTo(view, typed = false) {
  if (view === (location.hash || '#')) return;
  history[typed && typing ? 'replaceState' : 'pushState'](null, '', view);
  typing = typed;
}

let turn = 0; // who was asked last is answered last

async function apply() {
  const mine = ++turn;
  const wanted = asked();
  const count = document.getElementById('count');
  let told = null;
  if (wanted.text) {
    if (!answers.has(wanted.text)) count.value = 'reading the evidence ...';
    told = await saying(wanted.text);
    if (mine !== turn) return;
  }
  const is = (names, name) => (name ? names.indexOf(name) : null);
  const [p, v, m] = [is(index.pools, wanted.pool), is(index.versions, wanted.version), is(index.methods, wanted.method)];
  const verdict = wanted.verdict ? index.verdicts.findIndex((one) => one.name === wanted.verdict) : null;
  const fits = (cell) => (p === null || cell.p === p) && (v === null || cell.v === v) && (m === null || cell.m === m)
    && (verdict === null || cell.verdict === verdict)
    && (!wanted.tag || index.scenarios[cell.s].tags.includes(wanted.tag)) && (!told || told[cell.number]);
  const found = new Set();
  const shownRows = new Set();
  const shownPools = new Set();
  for (const box of boxes) {
    box.fitting = wanted.differs && !box.differs ? [] : box.cells.filter(fits);
    box.element.hidden = box.fitting.length === 0;
    if (box.element.hidden) continue;
    shownRows.add(box.row);
    shownPools.add(box.p);
    box.fitting.forEach((cell) => found.add(cell));
    box.element.style.gridColumn = v === null ? `${box.first + 1} / ${box.last + 2}` : '1 / -1';
  }
  matrix.style.setProperty('--versions', v === null ? index.versions.length : 1);
  for (const name of matrix.querySelectorAll('.versions [data-v]')) name.hidden = v !== null && Number(name.dataset.v) !== v;
  for (const row of rows) row.hidden = !shownRows.has(row);
  for (const column of matrix.querySelectorAll('[data-p]')) column.hidden = !shownPools.has(Number(column.dataset.p));
  for (const body of matrix.tBodies) body.hidden = [...body.rows].every((row) => row.hidden || row.className === 'group');
  count.value = found.size === cells.length ? `all ${counted(cells.length, 'cell')}`
    : `${found.size.toLocaleString('en')} of ${counted(cells.length, 'cell')}`;
  matrix.dataset.shown = found.size;
  keepOneInTabOrder();
}

// Of hundreds of boxes, one is reached by Tab, and the others from it by the arrow keys.
function keepOneInTabOrder(wanted) {
  const shown = boxes.filter((box) => !box.element.hidden);
  const old = matrix.querySelector('button[tabindex="0"]');
  const next = wanted ?? shown.find((box) => box.element === old)?.element ?? shown[0]?.element;
  if (old && old !== next) old.tabIndex = -1;
  if (next) next.tabIndex = 0;
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

matrix.addEventListener('keydown', (event) => {
  const step = STEPS[event.key];
  const here = boxes.find((box) => box.element === event.target);
  if (!step || !here) return;
  event.preventDefault();
  const next = step[1] ? beside(here, step[1]) : above(here, step[0]);
  if (!next) return;
  keepOneInTabOrder(next.element);
  next.element.focus();
});

function beside(here, step) {
  const line = boxes.filter((box) => box.row === here.row && !box.element.hidden);
  return line[line.indexOf(here) + step];
}

// The box of the next row that stands nearest, from left to right.
function above(here, step) {
  const shown = rows.filter((row) => !row.hidden);
  const row = shown[shown.indexOf(here.row) + step];
  const middle = (box) => { const at = box.element.getBoundingClientRect(); return at.left + at.width / 2; };
  const far = (box) => Math.abs(middle(box) - middle(here)) + (box.p === here.p ? 0 : 1e4);
  return boxes.filter((box) => box.row === row && !box.element.hidden).sort((one, other) => far(one) - far(other))[0];
}
