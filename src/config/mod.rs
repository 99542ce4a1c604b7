//! How resources are to be converted.

/// How resources are to be converted: what `--config` or the functionConfig says.
#[derive(Clone, Debug, Default)]
pub struct Config {}
