// How the page begins, and what is done in it.

function fromAddress() {
  const parameters = askedInAddress();
  intoForm(parameters);
  apply();
  const cell = parameters.has('cell') ? cellNamed(parameters.get('cell')) : null;
  if (cell && cell !== current) open(cell);
  else if (!cell && current) close();
}

function changed() {
  history.replaceState(null, '', address(current));
  apply();
}

let typing = 0;
form.addEventListener('input', (event) => {
  clearTimeout(typing);
  typing = setTimeout(changed, event.target.name === 'text' ? 250 : 0);
});
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('reset', () => setTimeout(changed)); // the fields are empty after the event
addEventListener('hashchange', fromAddress);

// A box opens the cell of the newest version, of those that the filters leave.
matrix.addEventListener('click', (event) => {
  const box = boxes.find((each) => each.element === event.target.closest('button'));
  if (!box) return;
  keepOneInTabOrder(box.element);
  open([...box.fitting].sort((one, other) => other.v - one.v || one.m - other.m)[0]);
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && current && event.target.type !== 'search') close();
});

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault(); // the address is the view
  document.getElementById('matrix-region').focus();
});

fromAddress();
