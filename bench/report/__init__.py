"""A benchmark run as a folder: report.json, which can be compared, and report.html, which can be read."""
