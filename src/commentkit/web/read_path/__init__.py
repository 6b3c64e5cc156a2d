"""Public pages kept in memory: made once a change, checked at least every 400 ms while read."""
