"""How well words find pictures in this library, and what finds them: models, alignments, relations."""
