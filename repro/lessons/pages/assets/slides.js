// Slides: one at a time, step by step; the speaker's window says what to do, what follows, and how late it is.

const slides = [...document.querySelectorAll('.slide')];
const steps = slides.map((slide) => [...slide.querySelectorAll('.step')]);
const placeOf = document.getElementById('place');
const clock = document.getElementById('clock');
const help = document.getElementById('keys');
const LEAST = 0.56; // of the usual size of letters, where a slide holds more than fits; none gets smaller than --least (slides.css)
const DRAWN = 11; // px that the smallest letters of a timeline have where it is not enlarged

let current = 0;
let done = 0; // steps that are shown
let began = null; // when the talk began
let notes = null; // the speaker's window
const running = new Map();

function show(slide, shown) {
  current = Math.max(0, Math.min(slides.length - 1, slide));
  done = Math.max(0, Math.min(steps[current].length, shown));
  slides.forEach((one, number) => { one.hidden = number !== current; });
  steps[current].forEach((step, number) => step.classList.toggle('later', number >= done));
  slides[current].classList.toggle('solved', steps[current].some((step, number) => number < done && step.classList.contains('solves')));
  placeOf.value = `${current + 1} / ${slides.length}`;
  history.replaceState(null, '', done ? `#${current + 1}.${done}` : `#${current + 1}`);
  draw(slides[current]);
  fit(slides[current]);
  tell();
}

function on() {
  began ??= Date.now();
  if (done < steps[current].length) show(current, done + 1);
  else if (current < slides.length - 1) show(current + 1, 0);
}

function back() {
  if (done > 0) show(current, done - 1);
  else if (current > 0) show(current - 1, Infinity);
}

// Letters become smaller until all that there is fits, and not smaller than that.
function fit(slide) {
  const inside = slide.querySelector('.inside');
  for (const row of inside.querySelectorAll('.pointing')) row.hidden = false;
  for (let size = 1; size >= LEAST; size -= 0.04) {
    inside.style.setProperty('--fit', size);
    if (inside.scrollHeight <= inside.clientHeight + 1 && inside.scrollWidth <= inside.clientWidth + 1 && widest(inside)) break;
  }
  for (const row of inside.querySelectorAll('.pointing')) row.hidden = broken(row.previousElementSibling);
}

// Whether a line goes on below itself: what points at parts of it would point at others.
function broken(row) {
  return row !== null && row.offsetHeight > 1.5 * parseFloat(getComputedStyle(row).lineHeight);
}

function widest(inside) {
  return [...inside.querySelectorAll('pre')].every((pre) => pre.scrollWidth <= pre.clientWidth + 1);
}

function draw(slide) {
  for (const place of slide.querySelectorAll('.stepped')) {
    const larger = parseFloat(getComputedStyle(place).fontSize) / DRAWN;
    const width = Math.floor(place.clientWidth / larger) - 14;
    if (width <= 0 || place.dataset.width === String(width)) continue;
    place.dataset.width = width;
    running.get(place)?.stop();
    const { p, verdict, timeline } = index.drawn[place.dataset.cell];
    const scale = clockOf([timeline], width);
    const view = panel({ p, verdict }, timeline, scale);
    place.replaceChildren(view.element, axis(scale), fatesLegend([timeline]));
    const made = replay([{ one: timeline, view, name: index.pools[p] }]);
    place.prepend(made.element);
    running.set(place, made);
  }
}

// The speaker's window is this page's own: it has no address, and asks nobody for anything.
function openNotes() {
  if (notes && !notes.closed) {
    notes.focus();
    return;
  }
  notes = open('', 'notes', 'width=900,height=700');
  if (!notes) return;
  const page = notes.document;
  page.title = index.says.notes;
  page.documentElement.lang = document.documentElement.lang;
  const style = page.createElement('style');
  style.textContent = 'body{font:20px/1.5 system-ui,sans-serif;margin:1rem 1.5rem;color:#000;background:#fff}h1{font-size:1.2em;margin:.2em 0}li p{margin:.1em 0 .4em}button{font:inherit}'
    + '.now{display:flex;gap:2rem;font-size:1.4em;font-variant-numeric:tabular-nums}.told{color:#40474f;border-left:3px solid #aeb6be;padding-left:.8rem}'
    + 'code{font-family:ui-monospace,monospace}.next{border-top:1px solid #aeb6be;margin-top:1rem;padding-top:.5rem}';
  page.head.replaceChildren(style);
  page.addEventListener('keydown', pressed);
  addEventListener('pagehide', () => notes.close());
  began ??= Date.now();
  tell();
}

function tell() {
  if (!notes || notes.closed) return;
  const page = notes.document;
  const element = (tag, text, name) => { const made = page.createElement(tag); made.textContent = text; if (name) made.className = name; return made; };
  const heading = (slide) => slide.querySelector('h1, h2').textContent;
  const now = element('div', '', 'now');
  now.append(element('span', ''), element('span', ''), element('span', `${placeOf.value}${steps[current].length ? ` (${done}/${steps[current].length})` : ''}`));
  const reset = element('button', index.says.reset);
  reset.addEventListener('click', () => { began = Date.now(); tick(); });
  now.append(reset);
  const inside = page.importNode(slides[current].querySelector('template').content, true);
  const next = element('div', '', 'next');
  next.append(element('p', `${index.says.next} ${slides[current + 1] ? heading(slides[current + 1]) : '–'}`));
  page.body.replaceChildren(now, element('h1', heading(slides[current])), inside, next);
  tick();
}

function passed() {
  const seconds = began === null ? 0 : Math.floor((Date.now() - began) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function tick() {
  clock.value = passed();
  if (!notes || notes.closed) return;
  const [since, time] = notes.document.querySelectorAll('.now span');
  if (!since) return;
  since.textContent = passed();
  time.textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
}

const ACTS = {
  ArrowRight: on, ArrowDown: on, PageDown: on, ' ': on, Enter: on,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
  Home: () => show(0, 0),
  End: () => show(slides.length - 1, Infinity),
  n: openNotes,
  f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
  d: () => { document.documentElement.classList.toggle('dark'); },
  c: () => { clock.hidden = !clock.hidden; tick(); },
  t: () => { began = Date.now(); tick(); },
  '?': () => { help.hidden = !help.hidden; },
  Escape: () => { help.hidden = true; },
};

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const used = event.target.closest?.('button, summary, input, select, .replay');
  if (used && [' ', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) return;
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

document.addEventListener('keydown', pressed);
const DOES = { back, on, notes: openNotes };
for (const button of document.querySelectorAll('[data-do]')) {
  const act = DOES[button.dataset.do];
  button.title = index.says[button.dataset.do];
  button.setAttribute('aria-label', button.title);
  button.addEventListener('click', () => { act(); button.blur(); });
}
addEventListener('resize', () => { draw(slides[current]); fit(slides[current]); });
addEventListener('hashchange', fromAddress);
addEventListener('beforeprint', () => slides.forEach((slide) => { slide.hidden = false; draw(slide); fit(slide); }));
addEventListener('afterprint', () => show(current, done));
setInterval(tick, 1000);

function fromAddress() {
  const [slide, shown] = location.hash.slice(1).split('.').map(Number);
  show((slide || 1) - 1, shown || 0);
}

fromAddress();
