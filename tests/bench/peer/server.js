"use strict";
// The usual way to take webhooks in Node: check the signature over the raw body, parse, insert the
// message and its conversation, commit, answer. One commit (and one fdatasync) for each message.
// Usage: node server.js <port> <database> <app secret>

const crypto = require("node:crypto");
const Database = require("better-sqlite3");
const express = require("express");

const [port, path, secret] = process.argv.slice(2);

const db = new Database(path);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec(`
  CREATE TABLE IF NOT EXISTS conversations (
    address TEXT PRIMARY KEY, name TEXT, last_ms INTEGER NOT NULL, unread INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, address TEXT NOT NULL,
    created_ms INTEGER NOT NULL, text TEXT, raw TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS messages_of_address ON messages (address, created_ms);
`);
const insertMessage = db.prepare(
  "INSERT INTO messages (external_id, address, created_ms, text, raw) VALUES (?, ?, ?, ?, ?) " +
    "ON CONFLICT (external_id) DO NOTHING",
);
const touchConversation = db.prepare(
  "INSERT INTO conversations (address, name, last_ms, unread) VALUES (?, ?, ?, 1) " +
    "ON CONFLICT (address) DO UPDATE SET last_ms = excluded.last_ms, unread = unread + 1",
);

const store = db.transaction((message, name, raw) => {
  const now = Date.now();
  const text = message.text ? message.text.body : null;
  if (insertMessage.run(message.id, message.from, now, text, raw).changes === 1) {
    touchConversation.run(message.from, name, now);
  }
});

function isSignedRight(body, claimed) {
  const wanted = "sha256=" + crypto.createHmac("sha256", secret).update(body).digest("hex");
  const [a, b] = [Buffer.from(wanted), Buffer.from(claimed || "")];
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.post("*", express.raw({ type: () => true, limit: "4mb" }), (request, response) => {
  if (!isSignedRight(request.body, request.get("x-hub-signature-256"))) {
    response.sendStatus(401);
    return;
  }
  const raw = request.body.toString("utf8");
  for (const entry of JSON.parse(raw).entry) {
    for (const { value } of entry.changes) {
      const name = value.contacts && value.contacts[0] ? value.contacts[0].profile.name : null;
      for (const message of value.messages || []) {
        store(message, name, raw);
      }
    }
  }
  response.sendStatus(200);
});

const server = app.listen(Number(port), "127.0.0.1", () => {
  console.log(JSON.stringify({ port: server.address().port }));
});
