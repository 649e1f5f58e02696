"""The projection database: tracking, engine documents and read models."""
