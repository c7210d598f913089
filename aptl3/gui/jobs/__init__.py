"""Jobs in the window: adding folders, how far a job is, telling it to rest or to go on."""
