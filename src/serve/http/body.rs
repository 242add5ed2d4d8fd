//! Bodies of requests: counted, and read to their end even if they are too large, so that the client reads the answer.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::limits::BODY;

/// How much of a body that is too large is read before the connection is cut off, in bytes.
const DRAINED: usize = 16 << 20;

/// Why there is no body.
pub(super) enum BodyFault {
    TooLarge,
    /// It ended early, or its chunks are broken.
    Broken,
}

pub(super) async fn read(mut body: Incoming) -> Result<Bytes, BodyFault> {
    let (mut read, mut length) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= BODY {
            read.extend_from_slice(&data);
        } else if length > DRAINED {
            return Err(BodyFault::TooLarge);
        }
    }
    if length > BODY { Err(BodyFault::TooLarge) } else { Ok(read.freeze()) }
}
