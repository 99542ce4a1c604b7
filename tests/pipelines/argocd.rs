pub(crate) fn readme(_: &str) {}
