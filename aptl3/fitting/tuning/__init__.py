"""How an ingestion runs best on this machine: what the stages cost, what follows from it, and whether that is true."""
