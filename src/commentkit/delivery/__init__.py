"""What leaves the process: the outbox, e-mail, and who asked for it."""
