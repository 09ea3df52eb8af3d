//! Floor 6: the courier. It fetches source files from servers of others into inbound folders and sends published files
//! to them, each once: the order of effects between a [`crate::transport::Place`], the ledger and the disk.
