"""Parts of which pages are built. A page that needs a new part adds it here, not to itself."""
