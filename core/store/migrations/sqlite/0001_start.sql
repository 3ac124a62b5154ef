-- Everything the broker knows, first shape. This is the hot path of every arrival, so rows are small,
-- ids grow with time, and random keys live only in `seen`, `sent` and `address`.

-- Odds and ends of the database itself, e.g. the fingerprint key.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: what `status` prints, kept by the writer so that nobody counts a large table.
CREATE TABLE tally (
  id                 INTEGER PRIMARY KEY CHECK (id = 1),
  messages           INTEGER NOT NULL,
  conversations_open INTEGER NOT NULL,
  outbox             INTEGER NOT NULL,
  quarantine         INTEGER NOT NULL
) STRICT;
INSERT INTO tally VALUES (1, 0, 0, 0, 0);

CREATE TABLE account (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE contact (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE address (
  id      INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  value   TEXT NOT NULL,
  contact INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX address_value ON address (account, value);

CREATE TABLE conversation (
  id              INTEGER PRIMARY KEY,
  account         INTEGER NOT NULL,
  address         INTEGER NOT NULL,
  contact         INTEGER NOT NULL,
  state           INTEGER NOT NULL,
  owner           TEXT NOT NULL,
  queue           TEXT NOT NULL,
  version         INTEGER NOT NULL,
  last_number     INTEGER NOT NULL,
  created_ms      INTEGER NOT NULL,
  last_message_ms INTEGER NOT NULL,
  last_inbound_ms INTEGER NOT NULL
) STRICT;
-- At most one is open per address: this index is the judge.
CREATE UNIQUE INDEX conversation_open ON conversation (address) WHERE state < 2;
CREATE INDEX conversation_address ON conversation (address);
-- Each message moves its conversation in this index. One by (queue, last_message_ms) would cost as
-- much again (measured: a tenth of an arrival) and comes with the query that needs it.
CREATE INDEX conversation_newest ON conversation (last_message_ms) WHERE state < 2;
CREATE INDEX conversation_archived ON conversation (last_message_ms) WHERE state = 2;

-- Clustered by conversation: a page of history is a page on the disk.
CREATE TABLE message (
  conversation       INTEGER NOT NULL,
  number             INTEGER NOT NULL,
  direction          INTEGER NOT NULL,
  status             INTEGER NOT NULL,
  possible_duplicate INTEGER NOT NULL,
  created_ms         INTEGER NOT NULL,
  provider_ms        INTEGER NOT NULL,
  arrival            INTEGER NOT NULL,
  external_id        TEXT NOT NULL,
  reply_to           TEXT NOT NULL,
  author             TEXT NOT NULL,
  dedupe_key         TEXT NOT NULL,
  part_status        BLOB NOT NULL,
  detail             TEXT NOT NULL,
  parts              TEXT NOT NULL,
  ext                TEXT NOT NULL,
  PRIMARY KEY (conversation, number)
) STRICT, WITHOUT ROWID;

-- The journal: one gap-free sequence per partition.
CREATE TABLE journal (
  partition INTEGER PRIMARY KEY,
  epoch     INTEGER NOT NULL
) STRICT;
CREATE TABLE event (
  partition INTEGER NOT NULL,
  sequence  INTEGER NOT NULL,
  time_ms   INTEGER NOT NULL,
  type      TEXT NOT NULL,
  route     TEXT NOT NULL,
  subject   TEXT NOT NULL,
  data      TEXT NOT NULL,
  PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

-- Fingerprints of arrivals by time bucket. (h1, h2) is a keyed 128-bit hash, compared whole: two ids
-- that meet would need 2^64 arrivals, so the id itself is not kept a second time.
CREATE TABLE seen (
  bucket       INTEGER NOT NULL,
  h1           INTEGER NOT NULL,
  h2           INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  PRIMARY KEY (bucket, h1, h2)
) STRICT, WITHOUT ROWID;

CREATE TABLE arrival (
  id           INTEGER PRIMARY KEY,
  account      INTEGER NOT NULL,
  created_ms   INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  raw          BLOB NOT NULL
) STRICT;

-- Provider ids of accepted parts; (h1, h2) is the keyed hash of account and external id.
CREATE TABLE sent (
  h1           INTEGER NOT NULL,
  h2           INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  number       INTEGER NOT NULL,
  part         INTEGER NOT NULL,
  PRIMARY KEY (h1, h2)
) STRICT, WITHOUT ROWID;

CREATE TABLE early_receipt (
  id            INTEGER PRIMARY KEY,
  account       INTEGER NOT NULL,
  external_id   TEXT NOT NULL,
  created_ms    INTEGER NOT NULL,
  status        INTEGER NOT NULL,
  provider_ms   INTEGER NOT NULL,
  provider_code INTEGER NOT NULL,
  correlator    TEXT NOT NULL,
  detail        TEXT NOT NULL
) STRICT;
CREATE INDEX early_receipt_external ON early_receipt (account, external_id);

CREATE TABLE outbox (
  id            INTEGER PRIMARY KEY,
  conversation  INTEGER NOT NULL,
  number        INTEGER NOT NULL,
  part          INTEGER NOT NULL,
  parts         INTEGER NOT NULL,
  account       INTEGER NOT NULL,
  state         INTEGER NOT NULL,
  attempt       INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  expires_ms    INTEGER NOT NULL,
  attempt_ms    INTEGER NOT NULL,
  priority      INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_account ON outbox (account);
CREATE INDEX outbox_message ON outbox (conversation, number, part);

CREATE TABLE quarantine (
  id           INTEGER PRIMARY KEY,
  account      INTEGER NOT NULL,
  created_ms   INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  reason       TEXT NOT NULL,
  raw          BLOB NOT NULL
) STRICT;
CREATE INDEX quarantine_state ON quarantine (state);

CREATE TABLE media_job (
  id            INTEGER PRIMARY KEY,
  account       INTEGER NOT NULL,
  conversation  INTEGER NOT NULL,
  number        INTEGER NOT NULL,
  part          INTEGER NOT NULL,
  attempts      INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  media_kind    TEXT NOT NULL,
  media_ref     TEXT NOT NULL
) STRICT;

CREATE TABLE media_file (
  id         TEXT PRIMARY KEY NOT NULL,
  mime       TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each consumer has got.
CREATE TABLE cursor (
  name      TEXT NOT NULL,
  partition INTEGER NOT NULL,
  epoch     INTEGER NOT NULL,
  sequence  INTEGER NOT NULL,
  fence     INTEGER NOT NULL,
  PRIMARY KEY (name, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE cursor_claim (
  name  TEXT PRIMARY KEY NOT NULL,
  fence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE command_result (
  id           INTEGER PRIMARY KEY,
  key          TEXT NOT NULL UNIQUE,
  request_hash TEXT NOT NULL,
  reply        TEXT NOT NULL,
  is_error     INTEGER NOT NULL,
  created_ms   INTEGER NOT NULL
) STRICT;

-- Small durable state of plugins.
CREATE TABLE kv (
  account INTEGER NOT NULL,
  key     TEXT NOT NULL,
  value   TEXT NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
