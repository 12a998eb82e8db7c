-- Version 3. Staged factors go by their age, whoever staged them: nobody says any more who works on which edit.

DROP TABLE mend.hold;
DROP SEQUENCE mend.owner;
