"""文书: Word documents that are made from templates, with numbers that have no gap."""
