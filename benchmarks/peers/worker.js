// One engine of npm in a process of its own; asked by lines of JSON as worker.py says. NODE_PATH names where it is.
"use strict";

const fs = require("fs");
const path = require("path");
const { performance } = require("perf_hooks");

function versionOf(name) {
  const file = path.join(process.env.NODE_PATH, name, "package.json");
  return JSON.parse(fs.readFileSync(file, "utf8")).version;
}

// The logic is applied as it is: there is nothing to prepare.
function jsonLogic() {
  const logic = require("json-logic-js");
  let rules = [];
  return {
    version: versionOf("json-logic-js"),
    build: (given) => void (rules = given),
    answer: (facts) => {
      const matching = [];
      for (const [id, rule] of rules) if (logic.apply(rule, facts)) matching.push(id);
      return matching;
    },
    told: (answer) => answer,
  };
}

// One engine with all rules, made once; each run gets the facts of one receipt.
function jsonRulesEngine() {
  const { Engine } = require("json-rules-engine");
  let engine = null;
  return {
    version: versionOf("json-rules-engine"),
    build: (rules) => void (engine = new Engine(rules)),
    answer: (facts) => engine.run(facts),
    told: (answer) => answer.events.map((event) => event.type),
  };
}

// What computeActions of Medusa's promotion service does with the promotions that its database gave it. Each promotion
// is valued on the full price, with a map of its own: that is what one rule alone gives.
function medusa() {
  const Module = require("module");
  const resolve = Module._resolveFilename;
  // The framework only hands these on, and brings a web server and a database driver with it.
  Module._resolveFilename = function (name, ...rest) {
    return resolve.call(this, name === "@medusajs/framework/utils" ? "@medusajs/utils" : name, ...rest);
  };
  const { getComputedActionsForItems } = require("@medusajs/promotion/dist/utils/compute-actions/line-items");
  const { areRulesValidForContext } = require("@medusajs/promotion/dist/utils/validations");
  let promotions = [];
  return {
    version: versionOf("@medusajs/promotion"),
    build: (given) => void (promotions = given),
    answer: (cart) => {
      const actions = [];
      for (const promotion of promotions) {
        if (!areRulesValidForContext(promotion.rules, cart, "order")) continue;
        const isOrder = promotion.application_method.target_type === "order";
        actions.push(...getComputedActionsForItems(promotion, cart.items, new Map(), isOrder ? "across" : undefined));
      }
      return actions;
    },
    told: (actions) => actions.map((action) => [action.code, Number(action.item_id), String(action.amount)]),
  };
}

const ADAPTERS = { "json-logic-js": jsonLogic, "json-rules-engine": jsonRulesEngine, medusa };

function medianOf(values) {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

async function replyTo(adapter, state, request) {
  if (request.rules) {
    const started = performance.now();
    adapter.build(request.rules);
    state.receipts = request.receipts;
    return { seconds: (performance.now() - started) / 1000 };
  }
  if (request.answer !== undefined) {
    const started = performance.now();
    let answer = adapter.answer(state.receipts[request.answer]);
    if (answer instanceof Promise) answer = await answer;
    const seconds = (performance.now() - started) / 1000;
    return { answer: adapter.told(answer), seconds };
  }
  const taken = [];
  const receipts = state.receipts.slice(0, request.time);
  const endsAt = performance.now() + request.seconds * 1000;
  do {
    for (const receipt of receipts) {
      const started = performance.now();
      const answer = adapter.answer(receipt);
      if (answer instanceof Promise) await answer;
      taken.push((performance.now() - started) * 1000);
    }
  } while (performance.now() < endsAt);
  return { median: medianOf(taken) };
}

async function main() {
  let adapter;
  try {
    adapter = ADAPTERS[process.argv[2]]();
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    console.log(JSON.stringify({ missing: error.message.split("\n")[0] }));
    return;
  }
  console.log(JSON.stringify({ version: adapter.version }));
  const state = { receipts: [] };
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await replyTo(adapter, state, JSON.parse(line))));
  }
}

main();
