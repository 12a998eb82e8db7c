-- Version 4. Notes beside the versions: what people say of edits before and after they are made.

CREATE TABLE mend.note (
    ledger text   NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    note   bytea  NOT NULL,
    PRIMARY KEY (ledger, number)
);
