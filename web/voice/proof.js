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
  const corrected = Object.values(kept).filter(Boolean).length;
  document.getElementById('count').textContent =
    corrected === 0 ? 'nothing corrected' : `${corrected} corrected`;
}

for (const phrase of document.querySelectorAll('.phrase')) {
  const [start, end, unread] = ['start', 'end', 'unread'].map((name) => phrase.querySelector(`[name=${name}]`));
  const id = phrase.dataset.id;
  const first = [start.value, end.value];
  // What was corrected before is saved again, for a file of corrections has them all.
  const given = { at: { start: Number(start.value), end: Number(end.value) }, 'not-read': { start: null, end: null } };
  if (phrase.dataset.fixed && !(id in kept)) {
    kept[id] = given[phrase.dataset.fixed];
  }
  const show = () => {
    const is_whole = start.value !== '' && end.value !== '' && Number(end.value) > Number(start.value);
    phrase.classList.toggle('corrected', Boolean(kept[id]));
    start.disabled = unread.checked;
    end.disabled = unread.checked;
    phrase.querySelectorAll('[data-play=phrase], [data-play=around]').forEach((button) => {
      button.disabled = !is_whole;
    });
  };
  if (id in kept) {
    const own = kept[id] || { start: first[0], end: first[1] };
    unread.checked = own.start === null;
    if (own.start !== null) {
      [start.value, end.value] = [own.start, own.end];
    }
  }
  show();
  const fault = () => {
    if (unread.checked || (start.value === '' && end.value === '')) return '';
    if (start.value === '' || end.value === '') return 'Give both, or tick “not read here”.';
    return Number(end.value) > Number(start.value) ? '' : 'It ends before it begins.';
  };
  const change = () => {
    const is_empty = start.value === '' && end.value === '';
    // Whoever empties both fields says that the phrase is nowhere.
    if (is_empty && first[0] !== '') {
      unread.checked = true;
    }
    end.setCustomValidity(fault());
    end.reportValidity();
    const is_new = start.value !== first[0] || end.value !== first[1] || Boolean(phrase.dataset.fixed);
    if (unread.checked) {
      kept[id] = { start: null, end: null };
    } else if (!fault() && !is_empty && is_new) {
      kept[id] = { start: Number(start.value), end: Number(end.value) };
    } else if (phrase.dataset.fixed) {
      kept[id] = null;
    } else {
      delete kept[id];
    }
    show();
    localStorage.setItem(key, JSON.stringify(kept));
    count();
  };
  start.addEventListener('change', change);
  end.addEventListener('change', change);
  unread.addEventListener('change', () => {
    if (!unread.checked && start.value === '' && end.value === '') {
      [start.value, end.value] = first;
    }
    change();
  });
  for (const button of phrase.querySelectorAll('[data-play]')) {
    button.addEventListener('click', () => {
      if (button.dataset.play === 'stretch') {
        play(Number(button.dataset.from), Number(button.dataset.to));
        return;
      }
      const around = button.dataset.play === 'around' ? 1.5 : 0.05;
      play(Math.max(0, Number(start.value) - around), Number(end.value) + around);
    });
  }
  for (const button of phrase.querySelectorAll('[data-here]')) {
    button.addEventListener('click', () => {
      unread.checked = false;
      [start.value, end.value] = [button.dataset.from, button.dataset.to];
      change();
    });
  }
}

document.getElementById('doubtful').addEventListener('change', (event) => {
  document.body.classList.toggle('only-doubtful', event.target.checked);
});

document.getElementById('save').addEventListener('click', () => {
  const places = Object.entries(kept).filter(([, span]) => span).map(([id, span]) => ({ id, ...span }));
  const { reading, mark } = document.body.dataset;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ reading, mark, places }, null, 1)], { type: 'application/json' }));
  link.download = `${document.body.dataset.stem}-corrections.json`;
  link.click();
  URL.revokeObjectURL(link.href);
});
count();
