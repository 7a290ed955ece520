// Small kindnesses for browsers that run scripts; every page works without them. No person's data is kept anywhere.
(() => {
  if (!window.fetch) return;
  var d = document, me = d.currentScript, on = addEventListener, note = d.querySelector('.line-note'), slow, asking;

  // A button that was pressed rests until its answer is here, so that a second tap sends nothing twice; but not for
  // ever: an answer that was stopped never comes.
  function rest(form, on) {
    for (var e of form.elements) if (e.type === 'submit') e.classList.toggle('rest', !!on);
    clearTimeout(form.resting);
    form.resting = on && setTimeout(rest, 3e4, form);
  }
  on('submit', e => {
    if (e.target.resting) return e.preventDefault(), e.stopImmediatePropagation();
    rest(e.target, 1);
  }, true);
  on('pageshow', () => { left(); for (var f of d.forms) rest(f); });

  // What happens to the line is said in words, in one place.
  function say(name, go) {
    note.hidden = !name;
    note.firstChild.textContent = me.dataset[name];
    note.lastChild.hidden = !go;
    note.lastChild.onclick = go;
  }

  // The code from the SMS, where the browser can read it for us.
  function otp() {
    var box = d.querySelector('input[autocomplete=one-time-code]');
    if (!box || !window.OTPCredential) return;
    var ac = new AbortController(), form = box.form;
    form.addEventListener('submit', () => ac.abort());
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: ac.signal }).then(e => {
      box.value = e.code; form.requestSubmit();
    }, () => {});
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
  on('keydown', press); on('pointerdown', press);
  setInterval(left, 1e4);

  // A page that waits for money asks now and then whether it has come.
  function wait() {
    var box = d.querySelector('[data-wait]');
    clearTimeout(asking);
    if (box) asking = setTimeout(() => {
      fetch(box.dataset.wait).then(e => {
        if (e.status === 200 && box.isConnected) location.reload(); else wait();
      }, wait);
    }, 15e3);
  }

  // What htmx does with a form: the context of the request, and the event.
  function htmx(name, f) { on('htmx:' + name, e => f(e.detail.ctx, e)); }
  htmx('config:request', ctx => {
    var h = ctx.request.headers;
    for (var name in h) if (/^HX-[^HR]/.test(name)) delete h[name];
  });
  htmx('before:request', () => {
    clearTimeout(slow);
    slow = setTimeout(say, 3e3, 'slow');
  });
  // What could not be sent stays on the screen, and goes by itself when the line is back or some time has passed.
  function goes(name, form, by) {
    function go() {
      clearTimeout(later);
      removeEventListener('online', go);
      if (form.isConnected) say(), rest(form), (by || form.querySelector('button')).click();
    }
    var later = setTimeout(go, 3e4 + 1e4 * Math.random());
    on('online', go);
    say(name, go);
  }
  function missed(ctx, name) {
    var e = ctx ? ctx.sourceEvent : {};
    if (e.type === 'submit') goes(name, e.target, e.submitter);
    else if (ctx && ctx.sourceElement === d.body) say(name, () => location.reload());
  }
  htmx('error', ctx => missed(ctx, 'lost'));
  // The first page has no address of its own until it was sent; Back and Reload are to find it with what was typed.
  htmx('before:response', (ctx, e) => {
    var form = ctx.sourceElement, status = ctx.response.raw.status;
    if (status > 428) e.preventDefault(), missed(ctx, 'busy');
    else if (status === 413) e.preventDefault(), say('large');
    else if (form.step && (status === 200 || status === 422)) history.replaceState({ htmx: true }, '', form.action.replace(/[^/]+$/, form.step.value));
  });
  htmx('finally:request', ctx => {
    clearTimeout(slow);
    if (ctx.sourceElement.elements) rest(ctx.sourceElement);
  });
  htmx('after:swap', () => {
    var to = d.querySelector('.sum') || d.querySelector('h1');
    if (to.matches('h1')) scrollTo(0, 0), to.tabIndex = -1;
    to.focus();
    say(); otp(); wait();
  });

  otp(); wait();
  var kept = d.querySelector('[data-kept] form');
  if (kept) goes('busy', kept);
  on('load', () => {
    if (!d.querySelector('[hx-boost]')) return;
    var e = d.createElement('script');
    e.src = me.dataset.htmx;
    d.head.append(e);
  });
})();
