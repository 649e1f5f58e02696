"""HTTP for competency, events and proofs."""
