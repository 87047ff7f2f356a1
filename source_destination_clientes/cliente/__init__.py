"""What a cliente is, and how a record becomes one: fields, words, documents, coercion, mapper."""
