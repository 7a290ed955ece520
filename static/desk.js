// The desk without a mouse: locks itself after three idle minutes, in all tabs at once, and waits for the network.
(function () {
  var d = document, me = d.currentScript, lock = d.getElementById('lock'), tabs = window.BroadcastChannel && new BroadcastChannel('desk'), timer, told;
  function idle() { clearTimeout(timer); timer = setTimeout(function () { lock.click(); }, 180000); }
  function busy() { idle(); if (tabs && Date.now() - (told || 0) > 5000) { told = Date.now(); tabs.postMessage('busy'); } }
  ['keydown', 'pointerdown', 'scroll'].forEach(function (name) { addEventListener(name, busy, { passive: true }); });
  if (tabs) tabs.onmessage = function (e) { if (e.data === 'lock') location.replace('/asisten/kunci'); else idle(); };
  lock.form.addEventListener('submit', function () { if (tabs) tabs.postMessage('lock'); });
  addEventListener('submit', function (e) {
    var form = e.target;
    if (form.sent) return e.preventDefault();
    if (navigator.onLine) { form.sent = 1; return; }
    e.preventDefault();
    var note = d.createElement('p');
    note.className = 'note'; note.setAttribute('role', 'status'); note.textContent = me.dataset.off;
    form.prepend(note);
    addEventListener('online', function () { form.requestSubmit(e.submitter); }, { once: true });
  });
  addEventListener('pageshow', function () { [].forEach.call(d.forms, function (f) { f.sent = 0; }); });
  idle();
})();
