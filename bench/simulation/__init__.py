"""A model of many sites' readers, of what is kept for them where, and of what that costs."""
