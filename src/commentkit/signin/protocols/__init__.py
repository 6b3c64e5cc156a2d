"""The protocols providers speak; each is a Provider that lacks only data and a mapping."""
