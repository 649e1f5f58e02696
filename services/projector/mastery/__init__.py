"""The pure mastery engine: a function of log entries and an evaluation time."""
