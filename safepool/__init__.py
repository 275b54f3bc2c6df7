"""A process pool that never hangs on a dead worker."""
