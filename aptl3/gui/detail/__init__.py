"""All about one media item: beside the grid, and large over the whole window."""
