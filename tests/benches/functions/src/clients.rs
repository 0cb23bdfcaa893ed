//! The floor of a function that has clients of DynamoDB and SQS: it builds them at start and asks nothing of them.

mod aws;

use lambda_http::{Body, Error, Request, Response, service_fn};

use crate::aws::Clients;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let clients = &Clients::from_env()?;
    let answer = move |_: Request| async move {
        // Looked at, so that no build leaves them out.
        let region = clients.dynamodb.config().region().or(clients.sqs.config().region());
        region.ok_or("no region")?;
        Ok::<_, Error>(Response::new(Body::Empty))
    };
    lambda_http::run(service_fn(answer)).await
}
