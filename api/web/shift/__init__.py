"""What the page of absences and handovers shows, worded: who is here, what a shift holds, what became of it."""
