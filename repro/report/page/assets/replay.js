// The replay of timelines, several in one clock: where each task is at a moment, as far as that was seen.

const diedAt = ({ death }) => (death ? death.before ?? death.after : Infinity);

// Where each task of a timeline is at t ms: 'queue', the number of its lane, 'computed' (and not yet handed over) or 'caller'. What never
// comes to the caller stays where it was seen last, and what was computed and is gone with its worker stays there.
function placesAt(one, t) {
  const begun = new Map();
  one.lanes.forEach((lane, number) => lane.runs.forEach((run) => {
    if (run.start <= t && !(begun.get(run.task)?.run.start > run.start)) begun.set(run.task, { lane, number, run });
  }));
  const told = new Set(one.words.filter((word) => word.at <= t).flatMap((word) => word.tasks));
  return new Map(one.fates.map(([task, fate]) => {
    const last = begun.get(task);
    if (told.has(task) && index.arrives.includes(fate)) return [task, 'caller'];
    if (!last) return [task, 'queue'];
    const computed = last.run.end !== null && last.run.end <= t;
    return [task, computed && !(fate === index.gone && diedAt(last.lane) <= t) ? 'computed' : last.number];
  }));
}

// Everything that happens in a timeline, in words, by time.
function happenings(one) {
  const found = one.words.map((word) => [word.at, tr('the caller {text}', { text: word.text })]);
  for (const lane of one.lanes) {
    for (const run of lane.runs) {
      found.push([run.start, tr('{name} begins task {task}', { name: lane.name, task: run.task })]);
      if (run.end !== null) found.push([run.end, tr('{name} comes to the end of task {task}', { name: lane.name, task: run.task })]);
    }
    if (lane.death) {
      const { after, before, status } = lane.death;
      const values = { name: lane.name, status, after: after.toFixed(1), before: before?.toFixed(1) };
      const wide = before !== null && before - after > 0.1;
      found.push([diedAt(lane), wide ? tr('{name} died of {status} (between {after} and {before} ms)', values) : tr('{name} died of {status}', values)]);
    }
  }
  return found.sort((a, b) => a[0] - b[0]);
}

// The stage of one pool: the queue, its workers, what is computed, the caller; and the tasks, which move between them.
function stage(one) {
  const place = (name) => {
    const slots = make('div', { class: 'slots' });
    const state = make('span', {});
    return { slots, state, element: make('div', { class: 'place' }, make('strong', {}, name), ' ', state, slots) };
  };
  const queue = place(tr('not begun'));
  const workers = one.lanes.slice(0, MOST_LANES).map((lane) => place(lane.name.replace('replacement', 'replace\u00adment')));
  const others = one.lanes.length > MOST_LANES ? place(tr('other workers')) : null;
  const computed = place(tr('computed'));
  computed.state.textContent = tr('not handed over');
  const caller = place(tr('caller'));
  const fates = new Map(one.fates.slice(0, MOST_CHIPS));
  const chips = new Map();
  const element = make('div', { class: 'stage' }, [queue, ...workers, others, computed, caller].filter(Boolean).map((each) => each.element));
  const slotOf = (where) => (where === 'queue' ? queue : where === 'computed' ? computed : where === 'caller' ? caller : workers[where] ?? others).slots;
  return {
    element,
    at(t, moving) {
      const over = t >= one.end;
      const before = new Map([...chips].map(([task, { element: each }]) => [task, each.getBoundingClientRect()]));
      const places = placesAt(one, t);
      for (const [task, fate] of fates) {
        const where = places.get(task);
        const dead = typeof where === 'number' && diedAt(one.lanes[where]) <= t;
        const settled = over || where === 'caller' || dead ? fate : null;
        const old = chips.get(task);
        if (old?.where === where && old.settled === settled) continue;
        const element_ = chip(task, settled);
        old?.element.remove();
        slotOf(where).append(element_);
        chips.set(task, { element: element_, where, settled });
        const from = before.get(task);
        if (moving && from && old.where !== where) {
          const to = element_.getBoundingClientRect();
          element_.animate([{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }, { transform: 'none' }], { duration: 350, easing: 'ease-out' });
        }
      }
      workers.forEach((worker, number) => {
        const { born, death, runs } = one.lanes[number];
        const there = t >= Math.min(born ?? Infinity, runs[0]?.start ?? Infinity, death ? death.after : Infinity);
        const dead = diedAt(one.lanes[number]) <= t;
        worker.element.className = `place${dead ? ' dead' : there ? '' : ' idle'}`;
        worker.state.textContent = dead ? `✕ ${death.status}` : there ? '' : tr('(not seen yet)');
      });
      const error = one.words.find((word) => word.bad && word.at <= t);
      const returned = one.waits !== null && t >= one.waits;
      caller.state.textContent = error ? error.text : over && one.hangs ? `${tr('waits for ever')} ■` : returned ? '' : tr('waits');
    },
  };
}

const still = matchMedia('(prefers-reduced-motion: reduce)');
const MOST_TOLD = 4; // of what happened in a step, or a leap
const LASTS = 9000; // ms that a whole replay takes at its usual pace

// The controls of a replay of panels (timeline.js). Gives their element, and what ends the replay.
function replay(shown) {
  const stages = shown.map(({ one, view }) => {
    const made = stage(one);
    view.element.append(made.element);
    return { ...made, view, one };
  });
  const told = shown.flatMap(({ one, name }) => happenings(one).map(([at, text]) => [at, shown.length > 1 ? `${name}: ${text}` : text]));
  const end = Math.max(1, ...shown.map(({ one }) => one.end));
  const moments = [...new Set([0, ...told.map(([at]) => Math.max(0, at)), end])].sort((a, b) => a - b);
  const button = (label, text, act) => make('button', { type: 'button', 'aria-label': label, title: label, onclick: act }, text);
  const slider = make('input', { type: 'range', min: 0, max: end, step: 'any', value: 0, 'aria-label': tr('moment, in ms after the call'), oninput: () => { stop(); go(Number(slider.value)); } });
  const clock = make('output', {});
  const now = make('p', { class: 'now', 'aria-live': 'polite' });
  const pace = make('select', { 'aria-label': tr('pace') }, [0.25, 0.5, 1, 2].map((one) => make('option', { value: one, selected: one === 1 }, `${one}×`)));
  const playing = button(tr('play'), `▶ ${tr('play')}`, () => (timer ? stop() : play()));
  let t = 0;
  let timer = 0;

  function go(to, moving = !still.matches) {
    const from = t;
    t = Math.max(0, Math.min(end, to));
    slider.value = t;
    clock.value = `${t.toFixed(1)} ${tr('ms')}`;
    slider.setAttribute('aria-valuetext', clock.value);
    for (const one of stages) {
      one.at(t, moving);
      one.view.at(t);
    }
    const [low, high] = from < t ? [from, t] : [t - 1e-6, t];
    const texts = told.filter(([at]) => at > low && at <= high).map(([, text]) => text);
    if (texts.length) now.textContent = `${texts.length > MOST_TOLD ? '... ' : ''}${texts.slice(timer && !still.matches ? -1 : -MOST_TOLD).join('; ')}`;
  }

  function step(by) {
    stop();
    const next = by > 0 ? moments.find((at) => at > t + 1e-6) : moments.findLast((at) => at < t - 1e-6);
    if (next !== undefined) go(next);
  }

  // Whoever wants no motion sees moment after moment, one a second.
  function play() {
    if (t >= end) go(0, false);
    now.setAttribute('aria-live', 'off');
    playing.textContent = `⏸ ${tr('pause')}`;
    playing.setAttribute('aria-label', tr('pause'));
    if (still.matches) {
      timer = setInterval(() => {
        const next = moments.find((at) => at > t + 1e-6);
        if (next === undefined) stop();
        else go(next);
      }, 1000);
      return;
    }
    let last = performance.now();
    const frame = (time) => {
      go(t + (Math.max(0, time - last) / LASTS) * end * Number(pace.value));
      last = time;
      if (t >= end) stop();
      else timer = requestAnimationFrame(frame);
    };
    timer = requestAnimationFrame(frame);
  }

  function stop() {
    clearInterval(timer);
    cancelAnimationFrame(timer);
    timer = 0;
    now.setAttribute('aria-live', 'polite');
    playing.textContent = `▶ ${tr('play')}`;
    playing.setAttribute('aria-label', tr('play'));
  }

  const element = make('div', { class: 'replay', role: 'group', 'aria-label': tr('Replay') },
    make('div', { class: 'controls' }, button(tr('to the beginning'), '|◀', () => { stop(); go(0); }), button(tr('one step back'), '◀', () => step(-1)), playing,
      button(tr('one step on'), '▶|', () => step(1)), slider, clock, pace), now);
  element.addEventListener('keydown', (event) => {
    if (event.target === slider || event.target === pace) return;
    const act = { ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => { stop(); go(0); }, End: () => { stop(); go(end); } }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  go(0, false);
  now.textContent = tr('Play it, or step through it: with the arrow keys, too.');
  return { element, stop };
}
