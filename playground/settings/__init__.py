"""What a run and a page are: settings, stated once, checked, and read from a URL."""
