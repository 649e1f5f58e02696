"""HTTP for the xAPI resources: the only part of lrs that knows status codes."""
