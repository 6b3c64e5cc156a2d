"""The demo: a Flask site, a blog of plain pages, and identity services, on one machine."""
