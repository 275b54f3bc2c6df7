// What the page carries besides its index: of each scenario a chapter, opened when it is asked for.

const cells = (() => {
  const counts = new Map();
  return index.cells.map(([s, p, v, m, o, repetition, verdict, news], number) => {
    const place = counts.get(s) ?? 0;
    counts.set(s, place + 1);
    return { number, s, p, v, m, o, repetition, verdict, news, place };
  });
})();

// The cells of each scenario and pool: a box of the matrix stands for some of them.
const cellsOf = new Map();
for (const cell of cells) {
  const key = `${cell.s} ${cell.p}`;
  if (!cellsOf.has(key)) cellsOf.set(key, []);
  cellsOf.get(key).push(cell);
}

const opened = new Map();

// The chapter of a scenario, by its place in the index.
function chapter(s) {
  if (!opened.has(s)) opened.set(s, unpack(document.getElementById(`chapter-${s}`).textContent));
  return opened.get(s);
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return JSON.parse(await new Response(stream).text());
}

// By what a view that is sent to somebody names a cell.
function nameOf(cell) {
  return [
    index.scenarios[cell.s].name, index.pools[cell.p], index.operations[cell.o], index.methods[cell.m],
    index.versions[cell.v], cell.repetition,
  ].join('|');
}

function cellNamed(name) {
  return cells.find((cell) => nameOf(cell) === name);
}
