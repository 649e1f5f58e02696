"""The outbox and its relays."""
