"""What an applicant is told by a code: plain words, without names, health and places."""
