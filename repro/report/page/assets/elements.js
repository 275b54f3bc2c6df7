// How elements are made, on every page that has pictures, and in which language they speak.

const index = JSON.parse(document.getElementById('index').textContent);

// A text in the page's language, where the page has it there (index.words); `{name}` stands for a value.
function tr(text, values = {}) {
  return (index.words?.[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// The only way in which elements are made: what is not an element is text, whatever it holds.
function make(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function makeSvg(tag, attributes, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ''));
  return element;
}

function counted(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

const list = (texts) => make('ul', {}, texts.map((text) => make('li', {}, text)));
