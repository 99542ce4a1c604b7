//! What is kept from one edit to the next: room, so that the usual one allocates nothing, and the texts of new values.
//! Nothing of a document is.

use super::anchors::Guard;
use super::moved::Taken;
use super::slots::Change;
use crate::span::Span;
use crate::splice::Draft;
use crate::syntax::NodeId;

/// Room for the edits of one document after another.
#[derive(Debug, Default)]
pub struct Writer {
    /// The edits of the text.
    pub(super) draft: Draft,
    /// Room for text that is being written, used again and again.
    pub(super) scratch: String,
    /// The nodes from the root to the collection that is being edited.
    pub(super) path: Vec<NodeId>,
    /// The changes of the collections that are being edited, from the outermost to the innermost.
    pub(super) changes: Vec<Change>,
    /// The nodes in the collections that are being edited, in the same way.
    pub(super) nodes: Vec<NodeId>,
    /// Room for the entries of a flow collection.
    pub(super) spans: Vec<Span>,
    pub(super) anchors: Guard,
    pub(super) taken: Taken,
}

impl Writer {
    /// Forgets a document, of which an edit that failed may have left anything.
    pub(super) fn clear(&mut self) {
        self.draft.clear();
        self.path.clear();
        self.changes.clear();
        self.nodes.clear();
        self.anchors.clear();
        self.taken.clear();
    }
}
