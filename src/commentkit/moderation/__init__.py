"""What happens to a comment before others see it."""
