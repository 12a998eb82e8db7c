-- Version 1. One database holds any number of ledgers, told apart by name. Edits are text, digests 64 hexadecimal digits.

CREATE TABLE mend.header (
    ledger text PRIMARY KEY,
    header bytea NOT NULL
);

-- The log. The primary key lets one of all appends of a version win; the reference to the previous version rules out gaps.
CREATE TABLE mend.entry (
    ledger   text   NOT NULL,
    version  bigint NOT NULL CHECK (version > 0),
    previous bigint GENERATED ALWAYS AS (NULLIF(version - 1, 0)) STORED,
    entry    bytea  NOT NULL,
    append   uuid   NOT NULL, -- drawn by the one call that appended it, which tells an unknown outcome by it
    PRIMARY KEY (ledger, version),
    CONSTRAINT entry_previous FOREIGN KEY (ledger, previous) REFERENCES mend.entry (ledger, version)
);

CREATE TABLE mend.staged (
    ledger    text        NOT NULL,
    edit      text        NOT NULL,
    shard     integer     NOT NULL,
    digest    text        NOT NULL,
    factors   bytea       NOT NULL,
    staged_at timestamptz NOT NULL,
    PRIMARY KEY (ledger, edit, shard, digest)
);

-- Factors are noise to a compressor.
ALTER TABLE mend.staged ALTER COLUMN factors SET STORAGE EXTERNAL;

-- What an entry names. The reference keeps an entry from naming factors that are not there, and committed factors from being removed.
CREATE TABLE mend.committed (
    ledger  text    NOT NULL,
    version bigint  NOT NULL,
    edit    text    NOT NULL,
    shard   integer NOT NULL,
    digest  text    NOT NULL,
    PRIMARY KEY (ledger, edit, shard, digest, version),
    CONSTRAINT committed_entry FOREIGN KEY (ledger, version) REFERENCES mend.entry (ledger, version),
    CONSTRAINT committed_staged FOREIGN KEY (ledger, edit, shard, digest) REFERENCES mend.staged (ledger, edit, shard, digest)
);

-- Who works on which edit. An owner is alive while some session holds the advisory lock of its number, which is never used twice.
CREATE SEQUENCE mend.owner AS integer;

CREATE TABLE mend.hold (
    ledger text    NOT NULL,
    edit   text    NOT NULL,
    owner  integer NOT NULL,
    number bigint  NOT NULL,
    PRIMARY KEY (owner, number)
);

CREATE INDEX hold_edit ON mend.hold (ledger, edit);
