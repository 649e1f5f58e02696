"""What the tests stand on: real servers, started for a test run and stopped after it."""
