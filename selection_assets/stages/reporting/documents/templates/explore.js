"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const NAMES = { pca: "PCA", umap_k_5: "UMAP, 5 neighbours", umap_k_15: "UMAP, 15 neighbours", umap_k_50: "UMAP, 50 neighbours" };
  const STATES = [["removed", "#c2c9d1"], ["masked", "#e6e9ed"], ["datapool", "#5b6673"], ["preselected", "#10293f"], ["selected", "#0072b2"]];
  const OTHER = "#b9c0c8";
  const el = (tag, text, parent) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text; // never innerHTML: names come from outside
    if (parent) parent.append(made);
    return made;
  };

  function explorer() {
    const { filenames, states, labels, coordinates } = data.views;
    const canvas = document.getElementById("map"), context = canvas.getContext("2d"), tip = document.getElementById("tip");
    const view = document.getElementById("view"), colour = document.getElementById("colour");
    const find = document.getElementById("find"), found = document.getElementById("found"), legend = document.getElementById("legend");
    for (const name of Object.keys(coordinates)) el("option", NAMES[name] || name, view).value = name;
    if (coordinates.umap_k_15) view.value = "umap_k_15";
    const hidden = { state: new Set(), label: new Set() };
    let zoom = 1, shiftX = 0, shiftY = 0, groups = [], points = [], matches = null, near = -1;

    const keyOf = i => colour.value === "state" ? states[i] : labels[i];
    function regroup() {
      groups = colour.value === "state"
        ? STATES.map(([key, paint]) => ({ key, name: key, paint }))
        : data.labels.map((row, i) => ({ key: row.name, name: row.name, paint: data.colours[i] || OTHER }));
      const members = new Map(groups.map(group => [group.key, group.rows = []]));
      filenames.forEach((_, i) => members.get(keyOf(i))?.push(i));
      groups = groups.filter(group => group.rows.length);
      legend.replaceChildren();
      for (const group of groups.slice(0, 40)) {
        const button = el("button", undefined, legend);
        const swatch = el("span", undefined, button);
        swatch.className = "swatch";
        swatch.style.background = group.paint;
        el("span", `${group.name} (${group.rows.length.toLocaleString("en")})`, button);
        const off = hidden[colour.value];
        button.setAttribute("aria-pressed", String(!off.has(group.key)));
        button.onclick = () => { off.has(group.key) ? off.delete(group.key) : off.add(group.key); regroup(); draw(); };
      }
    }

    function place() {
      const [xs, ys] = coordinates[view.value];
      let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let i = 0; i < xs.length; i++) {
        x0 = Math.min(x0, xs[i]); x1 = Math.max(x1, xs[i]); y0 = Math.min(y0, ys[i]); y1 = Math.max(y1, ys[i]);
      }
      const { clientWidth: width, clientHeight: height } = canvas;
      const scale = Math.min((width - 50) / (x1 - x0 || 1), (height - 50) / (y1 - y0 || 1)) * zoom;
      const middleX = width / 2 + shiftX, middleY = height / 2 + shiftY;
      points = xs.map((x, i) => [middleX + (x - (x0 + x1) / 2) * scale, middleY - (ys[i] - (y0 + y1) / 2) * scale]);
    }

    function draw() {
      const ratio = window.devicePixelRatio || 1;
      canvas.width = canvas.clientWidth * ratio; canvas.height = canvas.clientHeight * ratio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      place();
      const size = Math.max(1.6, Math.min(4.5, 90 / Math.sqrt(filenames.length))) * Math.min(2, Math.sqrt(zoom));
      const dot = (i, radius) => { context.beginPath(); context.arc(points[i][0], points[i][1], radius, 0, 7); context.fill(); };
      for (const group of groups) {
        if (hidden[colour.value].has(group.key)) continue;
        context.fillStyle = group.paint;
        const radius = colour.value === "label" || group.key === "removed" || group.key === "masked" ? size : size * 1.25;
        for (const i of group.rows) { context.globalAlpha = matches && !matches.has(i) ? 0.12 : 0.9; dot(i, radius); }
      }
      context.globalAlpha = 1;
      if (near >= 0) { context.strokeStyle = "#d55e00"; context.lineWidth = 2; context.beginPath(); context.arc(...points[near], size + 4, 0, 7); context.stroke(); }
    }

    function hover(event) {
      const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      let best = 144, at = -1;
      for (const group of groups) {
        if (hidden[colour.value].has(group.key)) continue;
        for (const i of group.rows) {
          if (matches && !matches.has(i)) continue;
          const gap = (points[i][0] - x) ** 2 + (points[i][1] - y) ** 2;
          if (gap < best) { best = gap; at = i; }
        }
      }
      if (at !== near) { near = at; draw(); }
      tip.hidden = at < 0;
      if (at < 0) return;
      tip.replaceChildren();
      el("div", filenames[at], tip);
      const label = labels && data.labels.length > 1 ? ` · ${labels[at]}` : "";
      el("div", states[at] + label, tip).style.opacity = 0.75;
      const right = points[at][0] > canvas.clientWidth / 2;
      tip.style.left = right ? "auto" : `${points[at][0] + 14}px`;
      tip.style.right = right ? `${canvas.clientWidth - points[at][0] + 14}px` : "auto";
      tip.style.top = `${Math.max(4, Math.min(points[at][1] - 14, canvas.clientHeight - 70))}px`;
    }

    let drag = null;
    canvas.onpointerdown = event => { drag = [event.clientX - shiftX, event.clientY - shiftY]; canvas.setPointerCapture(event.pointerId); };
    canvas.onpointerup = () => { drag = null; };
    canvas.onpointermove = event => {
      if (!drag) return hover(event);
      shiftX = event.clientX - drag[0]; shiftY = event.clientY - drag[1]; tip.hidden = true; draw();
    };
    canvas.onpointerleave = () => { tip.hidden = true; near = -1; draw(); };
    canvas.ondblclick = () => { zoom = 1; shiftX = shiftY = 0; draw(); };
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      const box = canvas.getBoundingClientRect(), factor = Math.exp(-event.deltaY * 0.0015);
      const next = Math.max(0.5, Math.min(60, zoom * factor)), grown = next / zoom;
      const x = event.clientX - box.left - canvas.clientWidth / 2, y = event.clientY - box.top - canvas.clientHeight / 2;
      shiftX = x - (x - shiftX) * grown; shiftY = y - (y - shiftY) * grown; zoom = next; draw();
    }, { passive: false });
    view.onchange = () => { zoom = 1; shiftX = shiftY = 0; draw(); };
    colour.onchange = () => { regroup(); draw(); };
    find.oninput = () => {
      const text = find.value.toLowerCase();
      matches = text ? new Set(filenames.flatMap((name, i) => name.toLowerCase().includes(text) ? [i] : [])) : null;
      found.textContent = matches ? `${matches.size.toLocaleString("en")} found` : "";
      draw();
    };
    window.addEventListener("resize", draw);
    regroup();
    draw();
  }

  function table(holder) {
    const LIMIT = 300, rows = data[holder.dataset.rows], columns = JSON.parse(holder.dataset.columns);
    const controls = el("div", undefined, holder);
    controls.className = "controls";
    const find = el("input", undefined, el("label", "Find ", controls));
    find.type = "search";
    const shown = el("span", undefined, controls);
    shown.className = "quiet";
    const listing = el("div", undefined, holder);
    listing.className = "listing";
    const grid = el("table", undefined, listing), head = el("tr", undefined, el("thead", undefined, grid)), body = el("tbody", undefined, grid);
    let order = null, down = false;
    const text = value => value === null ? "" : typeof value === "number" ? value.toFixed(4) : String(value);
    const buttons = columns.map(([key, name]) => {
      const button = el("button", name, el("th", undefined, head));
      button.onclick = () => { down = order === key && !down; order = key; fill(); };
      return button;
    });
    function fill() {
      const wanted = find.value.toLowerCase();
      let found = wanted ? rows.filter(row => columns.some(([key]) => text(row[key]).toLowerCase().includes(wanted))) : rows.slice();
      if (order) {
        const sign = down ? -1 : 1;
        found.sort((a, b) => sign * (typeof a[order] === "number" && typeof b[order] === "number" ? a[order] - b[order] : text(a[order]).localeCompare(text(b[order]), "en", { numeric: true })));
      }
      buttons.forEach((button, i) => { button.textContent = columns[i][1] + (columns[i][0] === order ? (down ? " ↓" : " ↑") : ""); });
      body.replaceChildren(...found.slice(0, LIMIT).map(row => {
        const line = el("tr");
        for (const [key] of columns) if (typeof row[key] === "number") el("td", text(row[key]), line).className = "number"; else el("td", text(row[key]), line);
        return line;
      }));
      shown.textContent = `${found.length.toLocaleString("en")} rows` + (found.length > LIMIT ? `, the first ${LIMIT} are shown` : "");
    }
    find.oninput = fill;
    fill();
  }

  if (data.views.filenames.length) explorer();
  document.querySelectorAll(".table").forEach(table);
})();
