"""What people ask: states at any time, what is missing, readiness, gaps, forecasts, dry runs."""
