// What a person reads stands in one place, so that a translation is a file: live/words.js for the
// views, WORDS at the head of a script that stands alone.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const STATIC = new URL("../../static/", import.meta.url);
const NAMES = new Set(["Arrow", "Backspace", "Dark", "Delete", "Enter", "Escape", "Light", "Space"]); // of keys and themes
const SELECTS = /(closest|matches|matchMedia|querySelector(All)?|find)\([^()]*$/; // what comes is no text

const VALUE = "¤"; // what a template fills in
const ATTRIBUTE = /\b(?:aria-label|title|alt|placeholder)="([^"]*)"/g;
const TAG = /<[^<>]*>/g;
const FILLED = /%\{[^{}]*\}/g; // by Plotly
const RULES = /\[[\w-]+[~^$*]?=|[{}]/; // a selector or a style
const WORD = "(?<![\\w\\-.#¤[=(])[A-Za-z’]{2,}(?![\\w\\-=([])";
const GAP = "[,.:;)]?\\s+[“(]?";
const SAID = new RegExp(
  `${WORD}${GAP}(${WORD}|[A-Za-z]\\b|${VALUE})|${VALUE}${GAP}${WORD}|^\\s*[A-Z][a-z]{2,}[.:]?\\s*$`,
);

/** @param {string} text */
function readsLikeWords(text) {
  if ([...text.matchAll(ATTRIBUTE)].some(([, value]) => /[A-Za-z]{2}/.test(value))) return true;
  const plain = text.replace(TAG, "\n").replace(FILLED, VALUE);
  return plain.split("\n").some((each) => !NAMES.has(each) && !RULES.test(each) && SAID.test(each));
}

/**
 * Each string and template with its line: what a template fills in is a VALUE, and is looked at too.
 *
 * @param {string} source
 * @returns {[number, string][]}
 */
function literals(source) {
  /** @type {[number, string][]} */
  const found = [];
  const code =
    /\/\/.*|\/\*[\s\S]*?\*\/|(?<![\w)\]]\s*)\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n[])+\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`|[{}]/y;
  let at = 0;
  /** @type {(text: string, from: number) => void} */
  const note = (text, from) => {
    const before = source.slice(source.lastIndexOf("\n", from) + 1, from);
    if (!SELECTS.test(before)) found.push([source.slice(0, from).split("\n").length, text]);
  };
  /** Until the end of the source, or the brace that closes what a template fills in. */
  function walk() {
    for (let depth = 0; at < source.length; ) {
      code.lastIndex = at;
      const token = code.exec(source)?.[0];
      if (token === "`") template();
      else {
        if (token && /^["']/.test(token)) note(token.slice(1, -1), at);
        at += token?.length ?? 1;
        depth += token === "{" ? 1 : token === "}" ? -1 : 0;
        if (depth < 0) return;
      }
    }
  }
  function template() {
    const from = at;
    let text = "";
    for (at += 1; source[at] !== "`"; ) {
      if (source.startsWith("${", at)) {
        at += 2;
        walk();
        text += VALUE;
      } else {
        if (source[at] === "\\") at += 1;
        text += source[at];
        at += 1;
      }
    }
    at += 1;
    note(text, from);
  }
  walk();
  return found;
}

/** Whether a text is found in a script, in which "§" is a "$". @param {string} script */
const says = (script) => literals(script.replaceAll("§", "$")).some(([, text]) => readsLikeWords(text));

test("it finds texts, and what a template fills in, but no names and rules", () => {
  const texts = ['x("Two words")', "f(`§{n} weights`)", 'f(`<b title="Title">§{n}</b>`)', 'f(`§{g("Not yet")}`)'];
  assert.deepEqual([...texts, 'b("Close")'].filter(says), [...texts, 'b("Close")']);
  const rules = ['n.closest("input, textarea")', "s(`translate(§{x} §{y})`)", 's("p { margin: 0 }")'];
  const names = ['e("nn-table nn-rows")', 'a / b; // "No text"', "c.replace(/`/g, '')"];
  assert.deepEqual([...rules, ...names].filter(says), []);
});

test("no other module says anything", () => {
  const left = [];
  for (const folder of ["", "live/"]) {
    for (const name of readdirSync(new URL(folder || ".", STATIC)).filter((each) => each.endsWith(".js"))) {
      if (folder && name === "words.js") continue;
      const source = readFileSync(new URL(folder + name, STATIC), "utf-8");
      const head = folder ? "" : (/^const WORDS = \{\n[\s\S]*?^\};\n/m.exec(source)?.[0] ?? "");
      const rest = source.replace(head, head.replace(/[^\n]/g, ""));
      for (const [line, text] of literals(rest)) {
        if (readsLikeWords(text)) left.push(`static/${folder}${name}:${line}: ${text}`);
      }
    }
  }
  assert.deepEqual(left, []);
});
