-- Version 2. An entry names the entry that it follows, not only its number: a server that lost its tail (a standby that was behind, a
-- restored backup) refuses what follows an entry that it no longer has.

ALTER TABLE mend.header ADD COLUMN digest bytea GENERATED ALWAYS AS (sha256(header)) STORED;
ALTER TABLE mend.entry
    DROP CONSTRAINT entry_previous,
    ADD COLUMN digest bytea GENERATED ALWAYS AS (sha256(entry)) STORED,
    ADD COLUMN previous_digest bytea;

UPDATE mend.entry SET previous_digest = coalesce(
    (SELECT before.digest FROM mend.entry AS before WHERE before.ledger = entry.ledger AND before.version = entry.previous),
    (SELECT header.digest FROM mend.header WHERE header.ledger = entry.ledger),
    '');

-- Not checked for what is there: a ledger that is damaged already must not keep the others of its database from being opened.
ALTER TABLE mend.entry
    ALTER COLUMN previous_digest SET NOT NULL,
    ADD CONSTRAINT entry_digest UNIQUE (ledger, version, digest),
    ADD CONSTRAINT entry_previous FOREIGN KEY (ledger, previous, previous_digest) REFERENCES mend.entry (ledger, version, digest) NOT VALID;

-- What a recovery took out of a log.
CREATE TABLE mend.aside (
    ledger   text        NOT NULL,
    version  bigint      NOT NULL,
    entry    bytea       NOT NULL,
    aside_at timestamptz NOT NULL
);
