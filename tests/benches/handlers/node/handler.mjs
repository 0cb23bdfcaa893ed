// A minimal handler in Node.js that speaks the Runtime API: it makes the round trips that its event's body lists, one
// after another, and answers. Clients are built at start, and their connections kept, as AWS's notes say.
import http from 'node:http';
import {
  BatchGetItemCommand, DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
const makers = {
  BatchGetItem: (input) => dynamodb.send(new BatchGetItemCommand(input)),
  GetItem: (input) => dynamodb.send(new GetItemCommand(input)),
  Query: (input) => dynamodb.send(new QueryCommand(input)),
  UpdateItem: (input) => dynamodb.send(new UpdateItemCommand(input)),
  SendMessage: (input) => sqs.send(new SendMessageCommand(input)),
};

// On the wire bytes stand in base64; the clients want them as they are.
const bytes = (key, value) => (key === 'B' && typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value);

async function handle(event) {
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  for (const [operation, input] of JSON.parse(body, bytes)) {
    try {
      await makers[operation](input);
    } catch (error) {
      // A condition that fails is a round trip too.
      if (error.name !== 'ConditionalCheckFailedException') throw error;
    }
  }
  return { statusCode: 200, headers: {}, body: 'ok', isBase64Encoded: false };
}

const agent = new http.Agent({ keepAlive: true });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: `/2018-06-01/runtime/${path}`, agent }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve([response.headers, Buffer.concat(parts).toString()]));
    });
    request.on('error', reject);
    request.end(body);
  });
}

for (;;) {
  const [headers, event] = await ask('GET', 'invocation/next');
  const id = headers['lambda-runtime-aws-request-id'];
  try {
    await ask('POST', `invocation/${id}/response`, JSON.stringify(await handle(JSON.parse(event))));
  } catch (error) {
    await ask('POST', `invocation/${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
  }
}
