//! What each finding code means and how to fix it.
