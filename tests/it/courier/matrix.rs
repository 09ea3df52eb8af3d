//! Stopped, failed or cut off at any step, the courier ends in the same files and the same ledger.
