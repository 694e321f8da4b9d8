// Every call of the service by a client of openapi-fetch, whose types openapi-typescript made of the document.
//
// `node calls.js URL TOKEN OPEN2B_RECEIPT` prints the method and the path of each operation that was answered well. That
// the calls are of the types of the document, and what is read of the answers too, is what tsc sees to.
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [url, token, newReceipt] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
client.use({
  onResponse({ request, response, schemaPath }) {
    if (response.ok) console.log(`${request.method} ${schemaPath}`);
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

async function good<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) {
    throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  }
  return data;
}

function same(one: unknown, other: unknown): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) {
    throw new Error(`${JSON.stringify(one)} is not ${JSON.stringify(other)}`);
  }
}

const aid = "T12345678";
const organizationId = aid;
const at = "2026-06-01T12:00:00Z";

async function probes(): Promise<void> {
  same((await good(client.GET("/health/live"))).status, "live");
  same((await good(client.GET("/health/ready"))).status, "ready");
  await good(client.GET("/metrics", { parseAs: "text" }));
}

async function rulesAndGrants(): Promise<string> {
  const body: components["schemas"]["NewRule"] = {
    name: "An eighth off",
    reward: { type: "discount_item_percent", value: 12.5 },
    requirement: { item: { items: [{ id: "mug" }, { id: "cup-*" }] }, store: { name: [{ prefix: "S" }] } },
    limitation: { discount_repeat_usage: 9 },
    metadata: { colour: "red" },
  };
  const header = { "Idempotency-Key": '"make-it-once"' };
  const made = await good(client.POST("/v1/accounts/{aid}/discounts/rules", { params: { path: { aid }, header }, body }));
  same(await good(client.POST("/v1/accounts/{aid}/discounts/rules", { params: { path: { aid }, header }, body })), made);
  const did: string = made.id;
  const path = { aid, did };
  same(await good(client.GET("/v1/accounts/{aid}/discounts/rules/{did}", { params: { path } })), made);
  const patch = { description: "Off", visible_from: "2026-01-01T00:00:00Z" };
  same((await good(client.PUT("/v1/accounts/{aid}/discounts/rules/{did}", { params: { path }, body: patch }))).id, did);
  const customers = { customers: ["kari", "*"] };
  const given = await good(
    client.POST("/v1/accounts/{aid}/discounts/rules/{did}/customers", { params: { path }, body: customers }),
  );
  same(given.refs?.map((ref) => ref.customer_id).sort(), [...customers.customers].sort());
  const query = { limit: 5 };
  const granted = await good(
    client.GET("/v1/accounts/{aid}/discounts/rules/{did}/customers", { params: { path, query } }),
  );
  same(granted.length, 2);
  const listed = await good(
    client.GET("/v1/accounts/{aid}/discounts/rules", {
      params: { path: { aid }, query: { statistics: true, state: "active" } },
    }),
  );
  same(listed[0]?.statistics?.usage, 0);
  const stranded = { params: { path: { aid }, query } };
  same(await good(client.GET("/v1/accounts/{aid}/discounts/stranded_balances", stranded)), []);
  const open = await good(client.GET("/v1/accounts/{aid}/discounts/public/rules", { params: { path: { aid } } }));
  same(open[0]?.id, did);
  const own = await good(
    client.GET("/v1/accounts/{aid}/discounts/customers/{customer_id}/rules", {
      params: { path: { aid, customer_id: "kari" } },
    }),
  );
  same(own[0]?.refs?.length, 1);
  const where = { params: { path: { aid, customer_id: "kari" } } };
  const card = { value: "0403 8811", type: "CARD", token_id: "t-1" };
  await good(client.PUT("/v1/accounts/{aid}/discounts/customers/{customer_id}/tokens", { ...where, body: card }));
  const { tokens } = await good(client.GET("/v1/accounts/{aid}/discounts/customers/{customer_id}/tokens", where));
  same(tokens[0]?.token_id, "t-1");
  return did;
}

async function purchases(did: string): Promise<void> {
  const receipt: components["schemas"]["Receipt"] = {
    receipt_id: "r/1",
    purchase_at: at,
    currency: "NOK",
    store: { id: "s1", name: "Shop" },
    customer: { token: { value: "0403 8811", type: "CARD" } },
    items: [{ line_id: 1, id: "mug", quantity: 2, gross_amount: 2000, eligible_for_discount: true }],
  };
  const path = { aid };
  const evaluated = await good(
    client.POST("/v1/accounts/{aid}/discounts/available_for_receipt", {
      params: { path, query: { explain: true, rule_id: [did] } },
      body: receipt,
    }),
  );
  if (!("receipt_id" in evaluated)) throw new Error("a receipt of Open2b's was not asked for");
  same([evaluated.customer_id, evaluated.items?.[0]?.net_amount], ["kari", 1750]);
  same("explanation" in evaluated && evaluated.explanation?.optimal, true);
  const discount = evaluated.discounts?.[0];
  const refs = (discount?.refs ?? []).map(({ id, amount, usage }) => {
    if (!id || amount == null || usage == null) throw new Error("a ref lacks what a claim needs");
    return { id, amount, usage };
  });
  const body = {
    purchase_at: at,
    customer_id: evaluated.customer_id ?? null,
    discounts: [{ id: did, refs }],
    ref: "r/1",
    type: "pos",
  };
  const claimed = await good(
    client.POST("/v1/accounts/{aid}/discounts/available_for_receipt/claims", {
      params: { path, header: { "Idempotency-Key": "claim" } },
      body,
    }),
  );
  const claim = { params: { path: { aid, id: claimed.id } } };
  same(
    await good(
      client.GET("/v1/accounts/{aid}/discounts/available_for_receipt/claims", {
        params: { path, query: { ref: "r/1" } },
      }),
    ),
    claimed,
  );
  same(await good(client.GET("/v1/accounts/{aid}/discounts/available_for_receipt/claims/{id}", claim)), claimed);
  const stored = { ...evaluated };
  await good(client.POST("/v1/accounts/{aid}/receipts", { params: { path }, body: stored }));
  const mine = await good(
    client.GET("/v1/accounts/{aid}/receipts/customers/{customer_id}", {
      params: { path: { aid, customer_id: "kari" }, query: { limit: 2 } },
    }),
  );
  same(mine.receipts.length, 1);
  const back = await good(
    client.POST("/v1/accounts/{aid}/receipts/all/{receipt_id}/returns", {
      params: { path: { aid, receipt_id: "r/1" } },
      body: { ref: "back", items: [{ line_id: 1, quantity: 1 }] },
    }),
  );
  same(back.refund_amount, 875);
  const found = await good(
    client.GET("/v1/accounts/{aid}/receipts/search", {
      params: { path, query: { receipt_id: "r/1", store_id: "s1" } },
    }),
  );
  same(found.receipts[0]?.returns?.length, 1);
  await good(
    client.POST("/v1/accounts/{aid}/receipts", { params: { path }, body: { ...receipt, receipt_id: "r2" } }),
  );
  const added = await good(
    client.PUT("/v1/accounts/{aid}/receipts/all/{receipt_id}", {
      params: { path: { aid, receipt_id: "r2" } },
      body: { customer_id: "kari", discounts: [{ id: did, refs }] },
    }),
  );
  same(added.customer_id, "kari");
  const cancelled = await good(
    client.DELETE("/v1/accounts/{aid}/discounts/available_for_receipt/claims/{id}", claim),
  );
  same(cancelled.deleted_by, "rabatt token");
  await good(
    client.DELETE("/v1/accounts/{aid}/discounts/customers/{customer_id}/tokens", {
      params: { path: { aid, customer_id: "kari" } },
      body: { value: "0403 8811", type: "CARD" },
    }),
  );
}

async function creditNotes(): Promise<void> {
  const lines = {
    ProductLines: [{ Description: "Mug", Quantity: 2, BaseAmountValue: 12.5, AccountNumber: 1000 }],
  };
  const all = { params: { path: { organizationId } } };
  const note = await good(client.POST("/v1/{organizationId}/sales/creditnotes", { ...all, body: lines }));
  const one = { params: { path: { organizationId, guid: note.Guid } } };
  const changed = await good(
    client.PUT("/v1/{organizationId}/sales/creditnotes/{guid}", {
      ...one,
      body: { ...lines, Timestamp: note.TimeStamp, Comment: "Broken" },
    }),
  );
  same(await good(client.GET("/v1/{organizationId}/sales/creditnotes/{guid}", one)), changed);
  const version = { Timestamp: changed.TimeStamp };
  await good(client.DELETE("/v1/{organizationId}/sales/creditnotes/{guid}", { ...one, body: version }));
  const credit = await good(
    client.POST("/v1/{organizationId}/sales/creditnotes", { ...all, body: { fromReturn: "back" } }),
  );
  const booked = await good(
    client.POST("/v1/{organizationId}/sales/creditnotes/{guid}/book", {
      params: { path: { organizationId, guid: credit.Guid } },
      body: { Timestamp: credit.TimeStamp },
    }),
  );
  same(booked.Number, 1);
  const { creditnotes } = await good(
    client.GET("/v1/{organizationId}/sales/creditnotes", {
      params: { path: { organizationId }, query: { status: "Booked" } },
    }),
  );
  same(creditnotes.length, 1);
}

type NewOpen2b =
  paths["/api/v8/commerce.receipts.create"]["post"]["requestBody"]["content"]["application/json"]["receipt"];

async function open2b(): Promise<void> {
  const receipt: NewOpen2b = JSON.parse(readFileSync(newReceipt, "utf-8"));
  const { id } = await good(client.POST("/api/v8/commerce.receipts.create", { body: { receipt } }));
  const got = await good(client.POST("/api/v8/commerce.receipts.get", { body: { id } }));
  same(got.receipt?.id, id);
  const asked = { conditions: { status: ["Open" as const] }, order: ["-id" as const], limit: 5 };
  same((await good(client.POST("/api/v8/commerce.receipts.find", { body: asked }))).receipts.length, 1);
  same((await good(client.POST("/api/v8/commerce.receipts.count", { body: { conditions: {} } }))).count, 1);
  const status = "Sent" as const;
  same((await good(client.POST("/api/v8/commerce.receipts.update", { body: { id, receipt: { status } } }))).status, "ok");
  await good(client.POST("/api/v8/commerce.receipts.delete", { body: { ids: [id] } }));
}

async function tidyUp(did: string): Promise<void> {
  const params = { path: { aid, did } };
  await good(
    client.DELETE("/v1/accounts/{aid}/discounts/rules/{did}/customers", { params, body: { customers: ["kari"] } }),
  );
  const deleted = await good(client.DELETE("/v1/accounts/{aid}/discounts/rules/{did}", { params }));
  same(deleted.deleted_by, "rabatt token");
}

await probes();
const did = await rulesAndGrants();
await purchases(did);
await creditNotes();
await open2b();
await tidyUp(did);
