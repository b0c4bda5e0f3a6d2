"use strict";
// Without it all pages work, too: jobs are then as they were when the page was loaded, and what is typed is checked when
// it is sent.

const JOBS_MS = 3000;
const TYPING_MS = 300;

const jobs = document.getElementById("jobs");
if (jobs) {
  let shown = "";
  setInterval(async () => {
    if (document.hidden || jobs.contains(document.activeElement)) return;
    try {
      const answer = await fetch(jobs.dataset.from);
      if (answer.redirected) return location.reload();
      const text = await answer.text();
      if (answer.ok && text !== shown) jobs.innerHTML = shown = text;
    } catch { /* the server is away: the next time */ }
  }, JOBS_MS);
}

for (const form of document.querySelectorAll("form[data-check]")) {
  const said = form.querySelector("output");
  let waiting = 0;
  let asked = 0;
  const check = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const found = await answer.json();
      if (mine !== asked) return;
      said.textContent = found.error || found.does.join(". ") + ".";
      said.className = found.error ? "error" : "good";
    } catch { /* it is checked again when it is sent */ }
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(check, TYPING_MS); });
  if (!said.textContent) check();
}
