// The only script of ours. It starts Gradio's program on this site, opens passages, and keeps the newest line in sight.
// It holds no text of anybody and keeps nothing in the browser.
"use strict";

const app = () => document.querySelector("gradio-app");

function start() {
  const place = app();
  if (!place) return;
  // Gradio takes an address of its own server only as a whole one; the gate knows this site by the same name.
  place.setAttribute("src", location.origin + "/" + place.dataset.page);
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  document.getElementById("burger")?.addEventListener("click", () => toggle("show-where"));
  document.getElementById("sheet")?.addEventListener("click", () => toggle("show-sources"));
  new MutationObserver(grown).observe(place, { childList: true, subtree: true, characterData: true });
}

function toggle(name, on) {
  document.body.classList.toggle(name, on);
  document.getElementById("burger")?.setAttribute("aria-expanded", document.body.classList.contains("show-where"));
}

function clicked(event) {
  const link = event.target.closest("a[href^='#']");
  const button = event.target.closest("[data-open],[data-picture]");
  if (link && link.closest("gradio-app")) {
    const [kind, ...rest] = link.getAttribute("href").slice(1).split("-");
    const name = rest.join("-");
    event.preventDefault();
    if (kind === "p") openPassage("/chat/passage/" + encodeURIComponent(name), link);
    else if (kind === "d") openPassage("/library/document/" + encodeURIComponent(name), link);
    else if (kind === "c" || kind === "r" || kind === "q") choose(name, kind === "q", Boolean(link.closest("#sources")));
    else if (kind === "copy") copy(link);
  } else if (button?.dataset.open) {
    openPassage(button.dataset.open, null);
  } else if (button?.dataset.picture) {
    showPicture(button);
  } else if (event.target.closest("#sheet-close")) {
    toggle("show-sources", false);
  }
}

function pressed(event) {
  if (event.key === "Escape") {
    toggle("show-sources", false);
    toggle("show-where", false);
  } else if (event.key === "Enter" && !event.shiftKey && event.target.closest?.("#question")) {
    // Enter asks, Shift and Enter makes a new line; Gradio does the same only for a single line.
    event.preventDefault();
    event.stopPropagation();
    document.getElementById("go")?.click();
  }
}

// Tell a handler which conversation or record was chosen: through Gradio's own event, so through the gate.
function choose(name, typing, inSheet) {
  const field = document.querySelector("#wanted textarea, #wanted input");
  if (!field) return;
  field.value = name;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  // Gradio takes the value over before it takes this key; a click on a button of its own could come before the value.
  field.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true, cancelable: true }));
  toggle("show-where", false);
  toggle("show-sources", inSheet || document.body.classList.contains("audit"));
  // A question that comes back into its box is there to be changed.
  if (typing) setTimeout(() => document.querySelector("#question textarea")?.focus(), 60);
}

async function openPassage(address, from) {
  // Another page of a document that stands open below what is known of it takes the place of its page alone.
  const reading = (!from && document.getElementById("reading-page")) || document.getElementById("reading");
  if (!reading) return;
  for (const other of document.querySelectorAll("a.on[href^='#p-'],a.on[href^='#d-']")) other.classList.remove("on");
  from?.classList.add("on");
  const answer = await fetch(address, { credentials: "same-origin" });
  if (answer.redirected || answer.status === 401) return location.reload();
  // Made by our own renderer from escaped text; the content policy allows no script but this file.
  reading.innerHTML = await answer.text();
  toggle("show-sources", true);
  reading.querySelector("mark")?.scrollIntoView({ block: "center" });
  reading.querySelector(".page")?.focus({ preventScroll: true });
}

function showPicture(button) {
  const page = button.closest("#reading").querySelector(".page");
  const picture = document.createElement("img");
  picture.src = button.dataset.picture;
  picture.alt = button.dataset.alt;
  page.replaceChildren(picture);
  button.remove();
}

// The answer as text, with its sources below and the machine's note: what leaves this page by hand says what it is.
async function copy(link) {
  const answer = link.closest(".a");
  const lines = [];
  for (const part of answer.children) {
    if (!part.classList.contains("route")) lines.push(part.innerText.trim());
  }
  const sources = new Map([...answer.querySelectorAll("a.c")].map((one) => [one.innerText, one.title]));
  lines.push([...sources].map(([number, where]) => "[" + number + "] " + where.replace(/^Source \d+: /, "")).join("\n"));
  lines.push("Written by a machine from the documents shown. Check the passage before you act.");
  await navigator.clipboard.writeText(lines.filter(Boolean).join("\n\n"));
  link.textContent = "Copied";
}

let asked = 0;
let seen = 0;
function grown() {
  // What a person waits for is said aloud once, not at every sentence.
  for (const place of document.querySelectorAll("#phase:not([role]), #switch-said:not([role]), #library-said:not([role]), #label-said:not([role]), #adding-said:not([role])")) {
    place.setAttribute("role", "status");
  }
  // A form that has come about is where the keyboard goes on; what was changed is shown as it is now.
  for (const form of document.querySelectorAll("#adding:not([data-met]), #labelling:not([data-met])")) {
    form.dataset.met = "";
    form.tabIndex = -1;
    form.focus();
  }
  const asks = document.querySelector(".asks:not([data-met])");
  if (asks) {
    asks.dataset.met = "";
    asks.scrollIntoView({ block: "nearest" });
    asks.querySelector("a").focus({ preventScroll: true });
  }
  const anew = document.querySelector("a.anew:not(.on)");
  if (anew) openPassage("/library/document/" + encodeURIComponent(anew.getAttribute("href").slice(3)), anew);
  const thread = document.getElementById("thread");
  if (!thread) return;
  const questions = thread.querySelectorAll(".q").length;
  const length = thread.textContent.length;
  if (length === seen) return;
  const low = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 160;
  if (questions !== asked || low) thread.scrollTop = thread.scrollHeight;
  asked = questions;
  seen = length;
}

start();
