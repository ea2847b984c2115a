'use strict';
// Corrections are kept in this browser until they are saved as a file.
const key = `adem-proof-${document.body.dataset.stem}`;
const files = [...document.querySelectorAll('audio')];
let kept = {};
try {
  kept = JSON.parse(localStorage.getItem(key) || '{}');
} catch {
  kept = {};
}
let ending = 0;

function play(from, to) {
  clearTimeout(ending);
  files.forEach((file) => file.pause());
  const file = files.findLast((one) => Number(one.dataset.from) <= from) || files[0];
  file.currentTime = Math.max(0, from - Number(file.dataset.from));
  file.play().then(() => {
    ending = setTimeout(() => file.pause(), (to - from) * 1000);
  }, () => {
    document.getElementById('count').textContent =
      'The reading cannot be played: open this page on the machine where the file lies.';
  });
}

function count() {
  const corrected = Object.keys(kept).length;
  document.getElementById('count').textContent =
    corrected === 0 ? 'nothing corrected' : `${corrected} corrected`;
}

for (const phrase of document.querySelectorAll('.phrase')) {
  const [start, end] = ['start', 'end'].map((name) => phrase.querySelector(`[name=${name}]`));
  const first = [start.value, end.value];
  const own = kept[phrase.dataset.id];
  if (own) {
    [start.value, end.value] = [own.start, own.end];
    phrase.classList.add('corrected');
  }
  const change = () => {
    const [from, to] = [Number(start.value), Number(end.value)];
    const is_whole = start.value !== '' && end.value !== '' && to > from;
    end.setCustomValidity(start.value !== '' && end.value !== '' && to <= from ? 'It ends before it begins.' : '');
    end.reportValidity();
    const is_new = is_whole && (start.value !== first[0] || end.value !== first[1]);
    if (is_new) {
      kept[phrase.dataset.id] = { start: from, end: to };
    } else {
      delete kept[phrase.dataset.id];
    }
    phrase.classList.toggle('corrected', is_new);
    phrase.querySelectorAll('[data-play]').forEach((button) => { button.disabled = !is_whole; });
    localStorage.setItem(key, JSON.stringify(kept));
    count();
  };
  start.addEventListener('change', change);
  end.addEventListener('change', change);
  for (const button of phrase.querySelectorAll('[data-play]')) {
    button.addEventListener('click', () => {
      const around = button.dataset.play === 'around' ? 1.5 : 0.05;
      play(Math.max(0, Number(start.value) - around), Number(end.value) + around);
    });
  }
}

document.getElementById('doubtful').addEventListener('change', (event) => {
  document.body.classList.toggle('only-doubtful', event.target.checked);
});

document.getElementById('save').addEventListener('click', () => {
  const list = Object.entries(kept).map(([id, span]) => ({ id, ...span }));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(list, null, 1)], { type: 'application/json' }));
  link.download = `${document.body.dataset.stem}-corrections.json`;
  link.click();
  URL.revokeObjectURL(link.href);
});
count();
