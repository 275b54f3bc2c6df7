// The wait graph of a hang, drawn as repro's other pictures draw it: processes to the left, what they wait for to the right.

const STEP = 52;
const TALL = 36;

// graph: processes, things, edges, and the same in sentences; which is all that there is room for on a narrow page.
function waitGraph({ processes, things, edges, sentences }, width) {
  const told = list(sentences);
  if (width < 420) return told;
  const wide = Math.min(270, (width - 110) / 2);
  const right = width - wide - 2;
  const top = new Map([...processes.map((one, number) => [one.pid, 4 + STEP * number]), ...things.map((one, number) => [one.key, 4 + STEP * number])]);
  const height = 4 + STEP * Math.max(processes.length, things.length);
  const svg = makeSvg('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': sentences.join('. ') });
  const counts = new Map();
  const below = (key) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return top.get(key) + 4 + ((6 * counts.get(key)) % (TALL - 6));
  };
  for (const { pid, key, how, waits } of edges) {
    const [start, end] = [below(pid), below(key)];
    const colour = waits ? 'bad' : 'none';
    svg.append(makeSvg('path', { d: `M${wide + 2} ${start}L${right - 7} ${end}`, class: `s-${colour}`, 'stroke-width': waits ? 2 : 1, 'stroke-dasharray': waits ? null : '4 3' }, makeSvg('title', {}, how)),
      makeSvg('path', { d: `M${right - 8} ${end - 5}l8 5l-8 5z`, class: `f-${colour}` }));
  }
  const box = (x, y, name, below_, colour, edge, round) => svg.append(
    makeSvg('rect', { x, y, width: wide, height: TALL, rx: round, class: `f-page s-${colour}`, 'stroke-width': 1.5, 'stroke-dasharray': edge }),
    word(x + 12, y + 16, name, colour, 12, 'start', true), word(x + 12, y + 30, below_, colour === 'ink' ? 'dim' : colour, 10.5));
  for (const one of processes) box(2, top.get(one.pid), one.name, `${one.pid}${one.died && ` ✕ ${one.died}`}`, one.died ? 'bad' : 'ink', one.died ? '4 3' : null, 4);
  for (const one of things) box(right, top.get(one.key), one.name, one.key, 'ink', null, 16);
  return [make('div', { class: 'pool' }, svg,
    make('p', { class: 'dim' }, tr('A full line: waits, and goes on only when somebody writes, reads or lets go. A dashed line: has the other end, and could.'))), told];
}
