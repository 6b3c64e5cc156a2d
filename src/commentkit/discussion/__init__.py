"""Threads and comments: verbs over the model, and the read side."""
