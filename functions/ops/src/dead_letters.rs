//! Dead letters go back to the retry queue, each as it is: what can't be read comes back here.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::Message;
use serde_json::{Value, json};

use crate::trouble::Trouble;
use crate::work::Desk;

/// The most messages of one receive.
const BATCH: i32 = 10;

/// Brings back all that there are, each once.
pub(crate) async fn bring_back(desk: &Desk, from: &str) -> Result<Value, Trouble> {
    let sqs = desk.outside.sqs.client();
    let mut moved = BTreeSet::new();
    loop {
        let receive =
            sqs.receive_message().queue_url(from).max_number_of_messages(BATCH).wait_time_seconds(1);
        let answer = receive.send().await.map_err(|error| Trouble::Queue(error.into()))?;
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(json!({ "brought_back": moved.len() }));
        }
        for Message { message_id, body, receipt_handle, .. } in messages {
            let (Some(id), Some(body), Some(receipt)) = (message_id, body, receipt_handle) else { continue };
            // Sent before it is deleted: twice does no harm, never does.
            let send = sqs.send_message().queue_url(&desk.queue).message_body(body);
            send.send().await.map_err(|error| Trouble::Queue(error.into()))?;
            let delete = sqs.delete_message().queue_url(from).receipt_handle(receipt);
            delete.send().await.map_err(|error| Trouble::Queue(error.into()))?;
            moved.insert(id);
        }
    }
}
