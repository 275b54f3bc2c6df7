// How the page begins, and what is done in it.

function fromAddress() {
  const parameters = askedInAddress();
  intoForm(parameters);
  apply();
  const name = parameters.get('cell');
  const cell = name && cellNamed(name);
  document.getElementById('absent').textContent = name && !cell ? `This page has no cell ${name}: the address was made with the page of another run.` : '';
  typing = false;
  if (cell && cell !== current) open(cell, true, false);
  else if (!cell && current) close(false);
}

function changed(typed) {
  goTo(address(current), typed);
  apply();
}

let waiting = 0; // until nobody types any more
form.addEventListener('input', (event) => {
  clearTimeout(waiting);
  const typed = event.target.name === 'text';
  waiting = setTimeout(changed, typed ? 250 : 0, typed);
});
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('reset', () => setTimeout(changed, 0, false)); // the fields are empty after the event
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
