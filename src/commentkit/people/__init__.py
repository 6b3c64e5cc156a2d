"""The people of a site: accounts, identities, tokens, permissions."""
