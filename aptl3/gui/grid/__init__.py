"""Any number of media as tiles: a list of ids, of which only what is visible costs anything."""
