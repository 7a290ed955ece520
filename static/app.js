// Small kindnesses for browsers that run scripts; every page works without them. No person's data is kept anywhere.
(() => {
  if (window.operamini || !window.fetch) return;
  var d = document, me = d.currentScript, note, slow, asking;

  // A button that was pressed rests until its answer is here, so that a second tap sends nothing twice; but not for
  // ever: an answer that was stopped never comes.
  function rest(form, on) {
    [].forEach.call(form.elements, e => { if (e.type === 'submit') e.classList.toggle('rest', on); });
    clearTimeout(form.resting);
    form.resting = on && setTimeout(() => { rest(form, false); }, 30000);
  }
  d.addEventListener('submit', e => {
    if (e.target.resting) return e.preventDefault(), e.stopImmediatePropagation();
    rest(e.target, true);
  }, true);
  addEventListener('pageshow', () => { left(); [].forEach.call(d.forms, f => { rest(f, false); }); });

  // What happens to the line is said in words, in one place.
  function say(text, again) {
    if (!note) { note = d.createElement('div'); note.className = 'line-note'; note.setAttribute('role', 'status'); }
    note.textContent = text;
    if (again) {
      var b = d.createElement('button');
      b.type = 'button'; b.textContent = me.getAttribute('data-again'); b.onclick = again;
      note.appendChild(b);
    }
    var main = d.getElementById('main');
    if (text) main.insertBefore(note, main.firstChild), again && note.scrollIntoView(); else if (note.parentNode) note.parentNode.removeChild(note);
  }

  // The code from the SMS, where the browser can read it for us.
  function otp() {
    var box = d.querySelector('input[autocomplete=one-time-code]');
    if (!box || !('OTPCredential' in window)) return;
    var ac = new AbortController();
    box.form.addEventListener('submit', () => { ac.abort(); });
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: ac.signal }).then(c => {
      box.value = c.code; box.form.requestSubmit();
    }).catch(() => {});
  }

  // A screen that was left alone is cleared after ten minutes; a page of the history as well. Whoever is still typing
  // says so now and then.
  var used = Date.now(), told = used;
  function left() {
    if (Date.now() - used > 6e5 && d.querySelector('[data-step]')) d.body.hidden = true, location.replace(location.pathname);
  }
  function press() {
    used = Date.now();
    if (used - told > 2e5) told = used, fetch('', { method: 'HEAD' });
  }
  d.addEventListener('keydown', press); d.addEventListener('pointerdown', press);
  setInterval(left, 1e4);

  // A page that waits for money asks now and then whether it has come.
  function wait() {
    var box = d.querySelector('[data-wait]');
    clearTimeout(asking);
    if (box) asking = setTimeout(() => {
      fetch(box.getAttribute('data-wait')).then(r => {
        if (r.status === 200 && box.isConnected) location.reload(); else wait();
      }, wait);
    }, 15000);
  }

  d.addEventListener('htmx:config:request', e => {
    var h = e.detail.ctx.request.headers;
    delete h['HX-Current-URL']; delete h['HX-Source']; delete h['HX-Target']; delete h['HX-Boosted'];
  });
  d.addEventListener('htmx:before:request', () => {
    clearTimeout(slow);
    slow = setTimeout(() => { say(me.getAttribute('data-slow')); }, 3000);
  });
  // A service in trouble has no page to show: what was typed stays, and can be sent again.
  function missed(e, words) {
    var ctx = e.detail.ctx, f = ctx && ctx.sourceElement, by = ctx && ctx.sourceEvent && ctx.sourceEvent.submitter;
    if (ctx) say(me.getAttribute(words), () => {
      if (!f.requestSubmit) return location.reload();
      say('');
      rest(f, false);
      f.requestSubmit(by || undefined);
    });
  }
  d.addEventListener('htmx:error', e => { missed(e, 'data-lost'); });
  // The first page has no address of its own until it was sent; Back and Reload are to find it with what was typed.
  d.addEventListener('htmx:before:response', e => {
    var f = e.detail.ctx.sourceElement, status = e.detail.ctx.response.raw.status, step = f && f.elements && f.elements.step;
    if (status > 428) e.preventDefault(), missed(e, 'data-busy');
    if (step && (status === 200 || status === 422)) history.replaceState({ htmx: true }, '', f.action.replace(/[^/]+$/, step.value));
  });
  d.addEventListener('htmx:finally:request', e => {
    clearTimeout(slow);
    var f = e.detail.ctx.sourceElement;
    if (f && f.elements) rest(f, false);
  });
  d.addEventListener('htmx:after:swap', () => {
    var to = d.querySelector('.sum'), head = d.querySelector('h1');
    if (!to) scrollTo(0, 0);
    if (!to && head) head.tabIndex = -1;
    if (to || head) (to || head).focus();
    otp(); wait();
  });

  otp(); wait();
  addEventListener('load', () => {
    if (!d.querySelector('[hx-boost]')) return;
    var s = d.createElement('script');
    s.src = me.getAttribute('data-htmx');
    d.head.appendChild(s);
  });
})();
