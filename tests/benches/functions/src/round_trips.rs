//! The floor of an answer: a function that makes the round trips it is told to, one after another, and answers. Its
//! event's body is a list of operations with their input as DynamoDB and SQS take it on the wire.

mod attribute;
mod aws;

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnValue};
use lambda_http::{Body, Error, Request, Response, service_fn};
use serde_json::Value;

use crate::attribute::{map, text, texts};
use crate::aws::Clients;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let clients = &Clients::from_env()?;
    lambda_http::run(service_fn(move |request: Request| answer(clients, request))).await
}

async fn answer(clients: &Clients, request: Request) -> Result<Response<Body>, Error> {
    let body: &[u8] = request.body();
    let trips: Vec<(String, Value)> = serde_json::from_slice(body)?;
    for (operation, input) in trips {
        clients.make(&operation, &input).await?;
    }
    Ok(Response::builder().status(200).body(Body::Text("ok".to_owned()))?)
}

impl Clients {
    async fn make(&self, operation: &str, input: &Value) -> Result<(), Error> {
        match operation {
            "BatchGetItem" => self.batch_get(input).await,
            "GetItem" => self.get(input).await,
            "Query" => self.query(input).await,
            "UpdateItem" => self.update(input).await,
            "SendMessage" => self.send(input).await,
            other => Err(format!("{other} is not among the round trips").into()),
        }
    }

    async fn batch_get(&self, input: &Value) -> Result<(), Error> {
        let mut get = self.dynamodb.batch_get_item();
        for (table, wanted) in input["RequestItems"].as_object().into_iter().flatten() {
            let mut keys =
                KeysAndAttributes::builder().set_consistent_read(wanted["ConsistentRead"].as_bool());
            for key in wanted["Keys"].as_array().into_iter().flatten() {
                keys = keys.keys(map(key).unwrap_or_default());
            }
            let keys = keys
                .set_projection_expression(text(&wanted["ProjectionExpression"]))
                .set_expression_attribute_names(texts(&wanted["ExpressionAttributeNames"]));
            get = get.request_items(table, keys.build()?);
        }
        get.send().await?;
        Ok(())
    }

    async fn get(&self, input: &Value) -> Result<(), Error> {
        let get =
            self.dynamodb.get_item().set_table_name(text(&input["TableName"])).set_key(map(&input["Key"]));
        get.set_consistent_read(input["ConsistentRead"].as_bool()).send().await?;
        Ok(())
    }

    async fn query(&self, input: &Value) -> Result<(), Error> {
        let query = self.dynamodb.query();
        query
            .set_table_name(text(&input["TableName"]))
            .set_index_name(text(&input["IndexName"]))
            .set_consistent_read(input["ConsistentRead"].as_bool())
            .set_limit(input["Limit"].as_i64().and_then(|limit| limit.try_into().ok()))
            .set_key_condition_expression(text(&input["KeyConditionExpression"]))
            .set_expression_attribute_names(texts(&input["ExpressionAttributeNames"]))
            .set_expression_attribute_values(map(&input["ExpressionAttributeValues"]))
            .send()
            .await?;
        Ok(())
    }

    /// A condition that fails is a round trip too.
    async fn update(&self, input: &Value) -> Result<(), Error> {
        let update = self.dynamodb.update_item();
        let sent = update
            .set_table_name(text(&input["TableName"]))
            .set_key(map(&input["Key"]))
            .set_update_expression(text(&input["UpdateExpression"]))
            .set_condition_expression(text(&input["ConditionExpression"]))
            .set_expression_attribute_names(texts(&input["ExpressionAttributeNames"]))
            .set_expression_attribute_values(map(&input["ExpressionAttributeValues"]))
            .set_return_values(text(&input["ReturnValues"]).map(|wanted| ReturnValue::from(wanted.as_str())))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Err(error) if !error.is_conditional_check_failed_exception() => Err(error.into()),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn send(&self, input: &Value) -> Result<(), Error> {
        let send = self.sqs.send_message().set_queue_url(text(&input["QueueUrl"]));
        let delay = input["DelaySeconds"].as_i64().and_then(|delay| delay.try_into().ok());
        send.set_message_body(text(&input["MessageBody"])).set_delay_seconds(delay).send().await?;
        Ok(())
    }
}
