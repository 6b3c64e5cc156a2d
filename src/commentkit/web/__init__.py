"""The only Flask besides `extension`: addresses, cookies, origins, answers."""
