"""One action on many steps: shown first, then done one by one."""
