// Shows what the run says of itself, as it says it. It asks the address it came from, and no other.
"use strict";

const part = (id) => document.getElementById(id);

function made(name, text, className) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function outcomeCell(name, outcome) {
  const cell = made(name);
  cell.append(made("i", "", outcome), outcome);
  if (name === "th") cell.scope = "row";
  return cell;
}

function row(...cells) {
  const line = made("tr");
  line.append(...cells);
  return line;
}

function pairs(list, facts) {
  list.replaceChildren(...facts.flatMap(([name, value]) => [made("dt", name), made("dd", value)]));
}

function show(state) {
  document.title = state.title;
  part("run").className = state.tone;
  part("kicker").textContent = state.kicker;
  if (part("headline").textContent !== state.headline) part("headline").textContent = state.headline;
  part("line").textContent = state.line;
  part("progress").setAttribute("aria-valuenow", String(Math.floor(state.percent)));
  part("progress").firstElementChild.style.width = `${state.percent}%`;
  part("bar").replaceChildren(
    ...state.outcomes.filter((one) => one.rows).map((one) => {
      const piece = made("div", "", one.outcome);
      piece.style.flexGrow = String(one.rows);
      return piece;
    }),
  );
  part("bar").setAttribute("aria-label", state.bar);
  part("outcomes").replaceChildren(
    ...state.outcomes.map((one) =>
      row(outcomeCell("th", one.outcome), made("td", one.text, "number"), made("td", one.meaning, "wide")),
    ),
  );
  part("reasons-part").hidden = !state.reasons.length;
  part("reasons").replaceChildren(
    ...state.reasons.map((one) => {
      const name = made("th", one.meaning);
      name.scope = "row";
      name.append(made("code", one.reason));
      return row(name, outcomeCell("td", one.outcome), made("td", one.text, "number"));
    }),
  );
  pairs(part("now"), state.now);
  pairs(part("requests"), state.requests);
}

const events = new EventSource("events");
events.addEventListener("state", (event) => {
  part("lost").hidden = true;
  show(JSON.parse(event.data));
});
events.addEventListener("end", () => events.close());
events.addEventListener("error", () => {
  part("lost").hidden = false;
});
