CREATE TABLE audit_entry (
  sequence BIGINT PRIMARY KEY,
  time BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  leaf TEXT NOT NULL
);
CREATE INDEX audit_entry_object ON audit_entry (object, sequence);
-- One row: the size of the tree and the roots of its complete subtrees, so that appending costs a few hashes.
CREATE TABLE audit_tree (id BIGINT PRIMARY KEY, size BIGINT NOT NULL, peaks TEXT NOT NULL);
INSERT INTO audit_tree (id, size, peaks) VALUES (1, 0, '');
CREATE TABLE audit_checkpoint (size BIGINT PRIMARY KEY, note TEXT NOT NULL);
