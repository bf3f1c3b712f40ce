"""Where devices meet the platform: parse purely, store in batches, answer after the commit."""
