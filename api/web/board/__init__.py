"""What the supervisor's board shows, worded: rows, the heat map, workload, and what a bulk action says of each step."""
