// Timelines, drawn: pools one below the other, in the same clock. What is drawn is what repro's other pictures draw, from the same data.

const ROW = 24;
const BAR = 17;
const CALLER = 32; // px, with what is said below the line
const laneAt = (number) => CALLER + ROW * number;
const RIGHT = 18;
const SAID = 11.5; // px, the letters of how a worker ended

// How wide a text is, about, in px: a letter of Japanese is a square, capitals are wider than other letters.
const BOLD = 1.1; // so much wider
const roomOf = (text, size = 11) => size * [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 1 : /[A-Z✕]/.test(letter) ? 0.7 : 0.58), 0);

// The clock of some timelines in so many px, right of the names of their lanes.
function clockOf(timelines, width) {
  const names = timelines.flatMap((one) => one.lanes.slice(0, MOST_LANES).map((lane) => lane.name));
  const left = Math.max(width < 460 ? 78 : 104, 12 + Math.max(0, ...names.map((name) => roomOf(name))));
  const span = Math.max(1, ...timelines.map((one) => one.end)) * 1.06;
  const whole = (width - left - RIGHT) / span;
  // How a worker ended late is said right of its end: the clock leaves room for that, a third of it at most.
  const ends = timelines.flatMap((one) => one.lanes.slice(0, MOST_LANES).filter((lane) => lane.death));
  const rooms = ends.map((lane) => (width - left - 6 - roomOf(ended(lane), SAID * BOLD)) / endsAt(lane)).filter((one) => one > 0);
  const scale = Math.max(whole * 2 / 3, Math.min(whole, ...rooms));
  return { left, width, span, scale, right: left + span * scale };
}

// When a worker ended: who died before the call stands at its beginning.
function endsAt({ death }) {
  return Math.max(0, death.before ?? death.after);
}

// How a worker ended, and with which task, where that is said, too.
function ended(lane, task = null) {
  return `✕ ${task === null ? lane.death.status : tr('{status} with task {task}', { status: lane.death.status, task })}`;
}

// A pool's timeline. cell: of the index; one: its timeline. Gives the element, and the line that shows the moment of a replay.
function panel(cell, one, clock) {
  const verdict = index.verdicts[cell.verdict];
  const bad = ['hang', 'livelock', 'lost', 'parent-exit'].includes(verdict.name);
  const lanes = one.lanes.slice(0, MOST_LANES);
  const height = CALLER + ROW * lanes.length;
  const svg = makeSvg('svg', { viewBox: `0 0 ${clock.width} ${height}`, height, role: 'img', 'aria-label': one.sentence });
  const names = [tr('caller'), ...lanes.map((lane) => lane.name)];
  names.forEach((name, number) => svg.append(word(clock.left - 8, number ? laneAt(number - 1) + 13 : 13, name, 'dim', 11, 'end')));
  svg.append(...caller(one, clock), ...lanes.flatMap((lane, number) => laneOf(one, lane, laneAt(number), clock)));
  const moment = makeSvg('path', { class: 's-ink', 'stroke-width': 1.5, 'stroke-dasharray': '4 3', visibility: 'hidden' });
  svg.append(moment);
  const element = make('div', { class: 'pool', role: 'group', 'aria-label': index.pools[cell.p] },
    make(index.heading ?? 'h4', {}, `${index.pools[cell.p]} `, make('span', { class: bad ? 'bad' : 'good' }, `${bad ? '■' : '●'} ${one.answer}`)),
    tasks(one), svg, more(one));
  return {
    element,
    at(t) {
      const x = clock.left + Math.min(t, clock.span) * clock.scale;
      moment.setAttribute('d', `M${x} 0V${height}`);
      moment.setAttribute('visibility', 'visible');
    },
  };
}

const MOST_LANES = 8;
const MOST_CHIPS = 40;

function more(one) {
  const rest = one.lanes.slice(MOST_LANES);
  if (!rest.length) return null;
  return make('p', { class: 'dim' }, tr('and {count} more workers, of which {dead} died', { count: rest.length, dead: rest.filter((lane) => lane.death).length }));
}

// A row of all tasks: what became of each.
function tasks(one) {
  const counts = new Map();
  for (const [, fate] of one.fates.slice(MOST_CHIPS)) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const rest = [...counts].map(([fate, count]) => `${count} ${index.fates[fate].word}`).join(', ');
  return make('div', { class: 'tasks' }, make('span', { class: 'dim' }, tr('tasks')),
    one.fates.slice(0, MOST_CHIPS).map(([task, fate]) => chip(task, fate)), rest && make('span', { class: 'dim' }, tr('and {rest}', { rest })));
}

function chip(task, fate) {
  if (fate === null) return make('span', { class: 'box chip plain' }, task);
  const { word: meaning, symbol, colour, hollow } = index.fates[fate];
  const told = tr('task {task}: {meaning}', { task, meaning });
  return make('span', { class: `box chip c-${colour} ${hollow}`, title: told, role: 'img', 'aria-label': told }, `${task} ${symbol}`);
}

function fatesLegend(timelines) {
  const there = new Set(timelines.flatMap((one) => one.fates.map(([, fate]) => fate)));
  return make('ul', { class: 'legend', 'aria-label': tr('What became of the tasks') }, index.fates.map((fate, number) => there.has(number)
    && make('li', {}, make('span', { class: `box c-${fate.colour} ${fate.hollow}`, 'aria-hidden': 'true' }, fate.symbol), ` ${fate.word}`)));
}

function word(x, y, text, colour, size = 11, anchor = 'start', bold = false) {
  return makeSvg('text', { x, y, class: `f-${colour}`, 'font-size': size, 'text-anchor': anchor, 'font-weight': bold ? 600 : null }, String(text));
}

function line(x1, y, x2, colour, width = 1, dash = null) {
  return makeSvg('path', { d: `M${x1} ${y}H${x2}`, class: `s-${colour}`, 'stroke-width': width, 'stroke-dasharray': dash });
}

function bar(x, y, width, height, colour, hint, hollow = '') {
  const edge = { '': {}, line: { 'stroke-width': 1.5 }, dash: { 'stroke-width': 1.5, 'stroke-dasharray': '3 2' } }[hollow];
  return makeSvg('rect', { x, y, width: Math.max(width, 1), height, rx: 3, class: `${hollow ? 's' : 'f'}-${colour}`, ...edge }, makeSvg('title', {}, hint));
}

function caller(one, { left, width, scale, span, right }) {
  const end = one.hangs ? span : Math.min(span, one.waits ?? one.end);
  const parts = [bar(left, 6, end * scale, 6, 'line', tr('the caller waits'))];
  if (one.hangs) {
    parts.push(makeSvg('path', { d: `M${right + 2} 3l8 6l-8 6z`, class: 'f-bad' }));
    parts.push(word(right - 2, 22, tr('waits for ever'), 'bad', 11, 'end', true));
  }
  for (const one_ of one.words) {
    parts.push(makeSvg('path', { d: `M${left + one_.at * scale} 1V13`, class: `s-${one_.bad ? 'told' : 'good'}`, 'stroke-width': 2 }));
  }
  // From left to right, as far as there is room: the marks have what is not said here.
  let free = left;
  const limit = one.hangs ? right - 90 : width - 2;
  for (const one_ of labels(one.words, 110 / scale)) {
    const x = left + one_.at * scale + 4;
    const room = roomOf(one_.text, 11 * BOLD);
    const begin = x + room < limit ? x : limit - room;
    if (begin < free) continue;
    parts.push(word(begin, 23, one_.text, one_.bad ? 'told' : 'good', 11, 'start', true));
    free = begin + room;
  }
  return parts;
}

// What is written beside the marks: results that come near each other in one.
function labels(words, near) {
  const found = [];
  for (const one of words) {
    const before = found.at(-1);
    if (before && !one.bad && !before.bad && one.at - before.at < near) {
      const together = [...before.tasks, ...one.tasks];
      found[found.length - 1] = { ...before, tasks: together, text: tr('gets {count} results', { count: together.length }) };
    } else found.push(one);
  }
  return found;
}

function laneOf(one, lane, y, { left, width, scale, span }) {
  const start = Math.max(0, lane.born ?? 0);
  const died = lane.death && endsAt(lane);
  const parts = [line(left + start * scale, y + 9, left + Math.min(lane.death ? died : span, span) * scale, 'line')];
  const fates = new Map(one.fates);
  for (const run of lane.runs) {
    const { word: meaning, symbol, colour, hollow } = index.fates[fates.get(run.task)];
    const until = one.hangs && run.end === null && !lane.death ? span : run.until;
    const x = left + run.start * scale;
    const wide = Math.max(2, (until - run.start) * scale - 1);
    const hint = tr('task {task} in {name} (process {pid}), {start} to {until} ms: {meaning}', { task: run.task, name: lane.name, pid: lane.pid, start: run.start.toFixed(1), until: until.toFixed(1), meaning });
    parts.push(bar(x, y, wide, BAR, hollow ? 'panel' : colour, hint));
    if (hollow) parts.push(bar(x, y, wide, BAR, colour, hint, hollow));
    const text = wide >= 12 + 7 * String(run.task).length ? `${run.task} ${symbol}` : wide >= 5 + 6 * String(run.task).length ? run.task : null;
    if (text !== null) parts.push(word(x + wide / 2, y + 12.5, text, hollow ? colour : 'on', 11, 'middle', true));
  }
  if (lane.death) {
    const x = left + died * scale;
    const last = lane.runs.at(-1);
    const hasRoom = (text) => x + 3 + roomOf(text, SAID * BOLD) < width - 2;
    const all = ended(lane, last && last.end === null ? last.task : null);
    const told = hasRoom(all) ? all : ended(lane); // the task's own box tells the rest
    const fits = hasRoom(told);
    parts.push(makeSvg('path', { d: `M${left + Math.max(0, lane.death.after) * scale} ${y + 9}H${x}`, class: 's-bad', 'stroke-width': 3 }));
    const said = word(fits ? x + 3 : width - 2, y + 13, told, 'bad', SAID, fits ? 'start' : 'end', true);
    said.classList.add('on-panel'); // where there is no room, it stands on the line
    parts.push(said);
  }
  return parts;
}

function axis({ left, width, span, scale, right }) {
  const most = Math.max(3, Math.floor((width - left) / 70));
  let step = 1;
  for (let unit = 1; span / step > most; unit *= 10) step = [unit, 2 * unit, 5 * unit, 10 * unit].find((one) => span / one <= most) ?? 10 * unit;
  const svg = makeSvg('svg', { viewBox: `0 0 ${width} 24`, height: 24, 'aria-hidden': 'true' }, line(left, 1, right, 'line'));
  for (let tick = 0; tick <= span; tick += step) {
    svg.append(makeSvg('path', { d: `M${left + tick * scale} 1v5`, class: 's-line' }), word(left + tick * scale, 18, tick, 'dim', 11, 'middle'));
  }
  svg.append(word(left - 8, 18, tr('ms'), 'dim', 11, 'end'));
  return make('div', { class: 'pool axis' }, svg);
}
