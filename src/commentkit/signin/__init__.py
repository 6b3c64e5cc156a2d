"""Who somebody is, vouched for by a provider: the client, the providers, the way there and back."""
