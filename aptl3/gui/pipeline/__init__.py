"""The pipeline, live: what each stage does, how busy it is, which one holds the others back."""
