// The handout: timelines are drawn where they are opened, and as wide as there is room; a choice shows the answer behind it.

const RUNNING = new Map(); // by place, the replay that runs there

function drawIn(place) {
  const width = place.clientWidth - 22;
  if (width <= 0 || place.dataset.width === String(width)) return;
  place.dataset.width = width;
  RUNNING.get(place)?.stop();
  const { p, verdict, timeline } = index.drawn[place.dataset.cell];
  const clock = clockOf([timeline], Math.max(280, width));
  const view = panel({ p, verdict }, timeline, clock);
  place.replaceChildren(view.element, axis(clock), fatesLegend([timeline]));
  const made = replay([{ one: timeline, view, name: index.pools[p] }]);
  place.prepend(made.element);
  RUNNING.set(place, made);
}

const widths = new ResizeObserver((entries) => entries.forEach((entry) => drawIn(entry.target)));
for (const place of document.querySelectorAll('.stepped')) widths.observe(place);

// Whoever has chosen is told why, too.
for (const choice of document.querySelectorAll('.choice')) {
  choice.addEventListener('toggle', () => {
    const answer = choice.closest('.ask').querySelector(':scope > .answer');
    if (choice.open && answer) answer.open = true;
  });
}
