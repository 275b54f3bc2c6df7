// The evidence of one cell, beside the matrix.

const sheet = document.getElementById('sheet');
const panelOf = document.getElementById('panel');

let current = null; // the cell that is open
let running = null; // its replay
let together = true; // whether the other pools are drawn beside it

const link = (text) => {
  const issue = /^gh-(\d+)$/.exec(text);
  const url = issue ? `https://github.com/python/cpython/issues/${issue[1]}` : /^https:\/\/\S+$/.test(text) ? text : null;
  return url ? make('a', { href: url, rel: 'noreferrer' }, text) : text;
};

const part = (heading, ...children) => make('section', {}, make('h3', {}, heading), ...children);

const folded = (heading, ...children) => make('details', {}, make('summary', {}, heading), ...children);

// focus: the reader goes there. step: the view is a new one, and not one that the address has named.
async function open(cell, focus = true, step = true) {
  running?.stop();
  current = cell;
  const mine = await chapter(cell.s);
  if (current !== cell) return;
  const one = mine.cells[cell.place];
  const scenario = index.scenarios[cell.s];
  const verdict = index.verdicts[cell.verdict];
  const heading = make('h2', { id: 'panel-heading', tabindex: '-1' }, `${scenario.name} in ${index.pools[cell.p]}`);
  panelOf.replaceChildren(
    make('div', { class: 'panel-head' }, heading, make('button', { type: 'button', onclick: () => close(), 'aria-label': 'close the evidence', title: 'close (Escape)' }, '✕')),
    choice(cell),
    make('p', {}, make('span', { class: `box badge c-${verdict.colour}` }, `${verdict.symbol} ${verdict.word}`), ` ${cell.news ? 'This is news. ' : ''}${one.reason}`),
    make('p', { class: 'dim' }, scenario.title),
  );
  const parts = [
    one.explanation.length && part('Why, by the evidence', list(one.explanation)),
    one.timeline && timelines(cell, mine),
    one.error && part('The error, as the caller saw it', make('pre', {}, one.error.filter(Boolean).join(': '))),
    one.facts.length && part('And then', list(one.facts)),
    one.graph?.edges.length && part('Who waits for what', make('div', { id: 'graph' })),
    one.waits.length && part('Where the threads of the parent wait', list(one.waits)),
    one.processes?.rows.length && processes(one.processes),
    one.stacks?.length && part('Stacks', one.stacks.map(([who, text]) => folded(who, make('pre', {}, text)))),
    one.stderr?.trim() && part('What was written on stderr', folded('show', make('pre', {}, one.stderr))),
    program(cell, mine),
    known(one, mine),
    mine.prose.length && part('About this scenario', mine.prose.map(([title, text]) => [make('h4', {}, title), make('p', {}, text)])),
  ];
  panelOf.append(...parts.filter(Boolean));
  panelOf.hidden = false;
  sheet.classList.add('open');
  draw(cell, mine);
  for (const box of boxes) box.element.setAttribute('aria-pressed', box.cells.includes(cell));
  cover();
  if (step) goTo(address(cell));
  if (focus) heading.focus({ preventScroll: true });
  panelOf.scrollTop = 0;
}

function close(step = true) {
  running?.stop();
  const box = boxes.find((each) => !each.element.hidden && each.cells.includes(current));
  current = null;
  panelOf.hidden = true;
  sheet.classList.remove('open');
  for (const each of boxes) each.element.removeAttribute('aria-pressed');
  cover();
  if (step) goTo(address(null));
  if (box) {
    keepOneInTabOrder(box.element);
    box.element.focus();
  }
}

// What chooses among the cells of the same scenario: each dimension in which there is a choice.
function choice(cell) {
  const mine = cells.filter((one) => one.s === cell.s);
  const dimensions = [['p', 'Pool', index.pools], ['v', 'Python', index.versions], ['m', 'Start method', index.methods], ['o', 'Operation', index.operations], ['repetition', 'Repetition', null]];
  return make('div', { class: 'choice' }, dimensions.map(([key, heading, names]) => {
    const values = [...new Set(mine.map((one) => one[key]))].sort((a, b) => a - b);
    if (values.length < 2) return null;
    const select = make('select', { id: `c-${key}`, onchange: () => open(nearest(mine, { ...cell, [key]: Number(select.value) }, key), false).then(() => document.getElementById(`c-${key}`)?.focus()) },
      values.map((value) => make('option', { value, selected: value === cell[key] }, names ? names[value] || 'its own' : value)));
    return make('label', { for: `c-${key}` }, heading, select);
  }));
}

// The cell that has what was chosen, and as much as can be of what it had before.
function nearest(mine, wanted, key) {
  const alike = (one) => ['p', 'v', 'm', 'o', 'repetition'].filter((each) => one[each] === wanted[each]).length;
  return mine.filter((one) => one[key] === wanted[key]).sort((one, other) => alike(other) - alike(one))[0];
}

function timelines(cell, mine) {
  const others = beside_(cell, mine).length > 1;
  const box = make('input', { type: 'checkbox', id: 'together', onchange: () => { together = box.checked; draw(cell, mine); } });
  box.checked = together;
  return part('What happened', others && make('label', { class: 'check interactive', for: 'together' }, box, 'all pools in the same clock'), make('div', { id: 'drawn' }));
}

// The cell and, in the order of the matrix, those of the other pools that are like it but for the operation, which is their own.
function beside_(cell, mine) {
  const found = cells.filter((one) => one.s === cell.s && one.v === cell.v && one.m === cell.m && one.repetition === cell.repetition && mine.cells[one.place].timeline);
  const pools = new Map();
  for (const one of found) if (!pools.has(one.p) || one.o === cell.o) pools.set(one.p, one);
  pools.set(cell.p, cell);
  return [...pools.values()].sort((one, other) => (other === cell) - (one === cell) || one.p - other.p);
}

function draw(cell, mine) {
  const place = document.getElementById('drawn');
  if (!place) return;
  running?.stop();
  const shown = (together ? beside_(cell, mine) : [cell]).map((one) => ({ cell: one, name: index.pools[one.p], one: mine.cells[one.place].timeline }));
  const clock = clockOf(shown.map(({ one }) => one), Math.max(280, place.clientWidth - 22));
  for (const each of shown) each.view = panel(each.cell, each.one, clock);
  place.replaceChildren(...shown.map(({ view }) => view.element), axis(clock), fatesLegend(shown.map(({ one }) => one)));
  document.getElementById('graph')?.replaceChildren(...[waitGraph(mine.cells[cell.place].graph, place.clientWidth - 24)].flat());
  running = replay(shown);
  place.prepend(running.element);
}

function processes({ title, headers, rows: lines }) {
  return part('Processes', make('p', { class: 'dim' }, title), make('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': 'Processes' },
    make('table', {}, make('thead', {}, make('tr', {}, headers.map((text) => make('th', { scope: 'col' }, text)))),
      make('tbody', {}, lines.map((line) => make('tr', {}, line.map((text) => make('td', {}, text))))))));
}

function program(cell, mine) {
  const text = mine.programs[`${index.pools[cell.p]} ${index.operations[cell.o]} ${index.methods[cell.m]}`];
  if (!text) return null;
  const copy = make('button', { type: 'button', onclick: () => navigator.clipboard?.writeText(text).then(() => { copy.textContent = 'copied'; }) }, 'copy');
  return part('As a program of its own', folded('show', copy, make('pre', {}, text)));
}

function known({ known: rule }, { references }) {
  const told = rule ? `Such cells${rule.versions && ` (Python ${rule.versions})`} are known to come to: ${rule.outcomes.join(' or ')}.` : 'Nothing is known of such cells.';
  const all = [...new Set([...references, ...(rule?.references ?? [])])];
  return part('What is known', make('p', {}, told),
    all.length ? make('p', {}, 'References: ', all.flatMap((text, number) => [number ? ', ' : '', link(text)])) : null);
}

// Where the panel lies over the matrix, nobody comes to what is below by Tab.
const over = matchMedia('(max-width: 1080px)');

function cover() {
  sheet.querySelector('.left').inert = over.matches && current !== null;
}

over.addEventListener('change', cover);

let drawnAt = 0;
new ResizeObserver(() => {
  if (!current || panelOf.hidden || panelOf.clientWidth === drawnAt) return;
  drawnAt = panelOf.clientWidth;
  const cell = current;
  chapter(cell.s).then((mine) => { if (current === cell) draw(cell, mine); });
}).observe(panelOf);
