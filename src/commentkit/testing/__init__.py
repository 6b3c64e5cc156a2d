"""What tests of a comment section need: identity services, provider contract, factories."""
