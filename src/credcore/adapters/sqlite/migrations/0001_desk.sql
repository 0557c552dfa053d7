-- The tables of a file that holds desks: credcore.ports.Store says what each is for.
-- Instants are integer microseconds of UTC. What is queried is a column, the rest is JSON in `state` and `body`.
-- Every name begins with `credcore_`, so that a host can keep its own tables in the same file.

-- One row: the number of the last of these scripts that ran.
CREATE TABLE credcore_schema (version INTEGER NOT NULL);
INSERT INTO credcore_schema (version) VALUES (0);

CREATE TABLE credcore_desk (
  no  INTEGER PRIMARY KEY,
  id  TEXT    NOT NULL UNIQUE,
  pos INTEGER NOT NULL DEFAULT 0   -- the last event's position
);

-- A row of version 0 only gives a number to a name: a parent or a lane whose record has no event yet.
-- The columns from `open` to `edition` are the index line; a record that is never on the worklist has none.
CREATE TABLE credcore_record (
  no          INTEGER PRIMARY KEY,
  desk        INTEGER NOT NULL,
  kind        TEXT    NOT NULL,
  id          TEXT    NOT NULL,
  version     INTEGER NOT NULL DEFAULT 0,
  head        BLOB    NOT NULL DEFAULT x'',   -- the last event's mac
  open        INTEGER,
  opened_at   INTEGER,
  stage       TEXT,
  owner       TEXT,
  urgency     INTEGER,
  deadline    INTEGER,
  not_before  INTEGER,
  next_change INTEGER,
  edition     INTEGER,
  held_until  INTEGER,
  token       TEXT,
  state       TEXT    NOT NULL DEFAULT '',
  UNIQUE (desk, kind, id),
  -- A page is one comparison of row values, which a NULL would drop rows from.
  CHECK (open IS NULL OR (opened_at IS NOT NULL AND stage IS NOT NULL AND owner IS NOT NULL
                          AND urgency IS NOT NULL AND deadline IS NOT NULL AND edition IS NOT NULL))
);

-- A closed record is due as well while what was told of it has to be withdrawn.
CREATE INDEX credcore_due ON credcore_record (desk, next_change) WHERE next_change IS NOT NULL;
-- `open` is a column of these as well, or each row that a page or a count passes over is looked up in the table.
CREATE INDEX credcore_worklist ON credcore_record (
  desk, owner, urgency, deadline, opened_at, id, kind, stage, not_before, open
) WHERE open;
CREATE INDEX credcore_stage ON credcore_record (desk, kind, stage, not_before, open) WHERE open;
CREATE INDEX credcore_edition ON credcore_record (desk, edition, no) WHERE open;

CREATE TABLE credcore_parent (
  child  INTEGER NOT NULL,
  n      INTEGER NOT NULL,   -- the parent's place among the child's
  parent INTEGER NOT NULL,
  PRIMARY KEY (child, n)
) WITHOUT ROWID;

CREATE INDEX credcore_parent_child ON credcore_parent (parent, child);

CREATE TABLE credcore_event (
  record      INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  desk        INTEGER NOT NULL,
  pos         INTEGER NOT NULL,   -- dense on the desk, in the order of commits
  at          INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  type        TEXT    NOT NULL,
  by          TEXT    NOT NULL,
  key         TEXT,
  body        TEXT    NOT NULL,
  mac         BLOB    NOT NULL,
  PRIMARY KEY (record, version)
) WITHOUT ROWID;

CREATE UNIQUE INDEX credcore_event_pos ON credcore_event (desk, pos);
CREATE UNIQUE INDEX credcore_event_key ON credcore_event (desk, key) WHERE key IS NOT NULL;

-- One lane a record that ever had notices. `ready_at` is that of its first waiting notice, NULL when none waits.
CREATE TABLE credcore_lane (
  record     INTEGER PRIMARY KEY,
  desk       INTEGER NOT NULL,
  ready_at   INTEGER,
  added      INTEGER NOT NULL,   -- how many notices ever came
  held_until INTEGER,
  token      TEXT
);

CREATE INDEX credcore_lane_ready ON credcore_lane (desk, ready_at) WHERE ready_at IS NOT NULL;

CREATE TABLE credcore_outbox (
  record   INTEGER NOT NULL,
  n        INTEGER NOT NULL,
  desk     INTEGER NOT NULL,
  key      TEXT    NOT NULL,
  body     TEXT    NOT NULL,
  ready_at INTEGER NOT NULL,
  state    TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (record, n)
) WITHOUT ROWID;

CREATE UNIQUE INDEX credcore_outbox_key ON credcore_outbox (desk, key);
CREATE INDEX credcore_outbox_waiting ON credcore_outbox (record, n) WHERE state = 'waiting';
