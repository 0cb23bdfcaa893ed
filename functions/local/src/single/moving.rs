//! Moves a data folder to AWS: copies the table, item by item, into a stack's. It can be ended and begun again, and the
//! folder knows where it went, so that no two installations deliver the same calls.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, Select, WriteRequest};
use ringbridge::sdk;
use simulators::aws::{InProcess, TABLE};

use super::folder::{DATABASE, Folder, KEY, MOVED, MOVING};
use super::{Failure, say};

/// What one request may write.
const BATCH: usize = 25;
/// Before what was not taken is sent again; doubled each time.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest of those pauses.
const LONGEST: Duration = Duration::from_secs(10);
/// So often the same is sent.
const TRIES: u32 = 20;

type Item = HashMap<String, AttributeValue>;

/// Copies what the folder holds into the table of that name.
pub(super) async fn move_to(data: PathBuf, table: String) -> Result<(), Failure> {
    if !data.join(DATABASE).is_file() {
        return Err(format!("{} is no data folder", data.display()).into());
    }
    let folder = Folder::open(&data)?;
    let target = Client::new(&sdk::from_env(&sdk::roots_from_env()?));
    let begun = folder.read(MOVING)?;
    match begun.as_deref() {
        Some(other) if other != table => {
            return Err(format!(
                "the move to the table {other} was begun; end that one, or remove the file `moving`"
            )
            .into());
        }
        Some(_) => say::line("Goes on with the move that was begun."),
        None => {
            // Whatever is there already would be overwritten with something older.
            let there = target.scan().table_name(&table).limit(1).send().await?;
            if there.count() > 0 {
                return Err(format!("the table {table} is not empty; nothing was changed").into());
            }
            folder.write(MOVING, &table)?;
        }
    }
    let aws = InProcess::start(Some(&folder.database())).await?;
    let copied = copy(&aws.dynamodb(), &target, &table).await;
    drop(aws);
    let copied = copied?;
    let arrived = count(&target, &table).await?;
    if arrived != copied {
        return Err(format!(
            "{copied} items were copied, but {table} holds {arrived}: does something use it already?"
        )
        .into());
    }
    folder.write(MOVED, &table)?;
    folder.remove(MOVING)?;
    say::line(&format!("Moved {copied} items to {table}; this folder is served no more."));
    say::line(&format!(
        "Now let the stack know the key in {}: infra/single-machine.md, \"Moving to AWS\".",
        Path::new(&data).join(KEY).display()
    ));
    Ok(())
}

async fn copy(from: &Client, to: &Client, table: &str) -> Result<usize, Failure> {
    let (mut copied, mut after) = (0, None);
    loop {
        let page = from.scan().table_name(TABLE).consistent_read(true).set_exclusive_start_key(after);
        let page = page.send().await?;
        let items = page.items.unwrap_or_default();
        for batch in items.chunks(BATCH) {
            write(to, table, batch).await?;
            copied += batch.len();
        }
        after = page.last_evaluated_key;
        if after.is_none() {
            return Ok(copied);
        }
        say::line(&format!("{copied} items …"));
    }
}

/// Writes a batch, and what of it was not taken again.
async fn write(to: &Client, table: &str, items: &[Item]) -> Result<(), Failure> {
    let mut left = Vec::new();
    for item in items {
        let put = PutRequest::builder().set_item(Some(item.clone())).build()?;
        left.push(WriteRequest::builder().put_request(put).build());
    }
    let mut pause = PAUSE;
    for _ in 0..TRIES {
        let answer = to.batch_write_item().request_items(table, left).send().await?;
        left = answer.unprocessed_items.and_then(|mut all| all.remove(table)).unwrap_or_default();
        if left.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST.min(pause * 2);
    }
    Err("the table takes no more; begin again later, the move goes on where it was".into())
}

async fn count(at: &Client, table: &str) -> Result<usize, Failure> {
    let (mut counted, mut after) = (0, None);
    loop {
        let page = at.scan().table_name(table).select(Select::Count).consistent_read(true);
        let page = page.set_exclusive_start_key(after).send().await?;
        counted += usize::try_from(page.count())?;
        after = page.last_evaluated_key;
        if after.is_none() {
            return Ok(counted);
        }
    }
}
