"""The park at a past instant, and how it went on from there: what the live pages show when they look back."""
