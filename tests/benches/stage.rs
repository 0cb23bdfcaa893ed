//! Where subjects play: the world of the call tests, with TLS before its servers, and a subject started in it.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use simulators::lambda::{Answer, Function, Program};
use simulators::outside::Failure;
use simulators::world::{SEALING_KEY, World};
use tokio::time::Instant;

use crate::subject::{Does, Subject};
use crate::tls::{Authority, Front};

/// The time limit of invocations.
const LIMIT: Duration = Duration::from_mins(14);

/// Where a subject's requests go.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    /// DynamoDB.
    pub(crate) dynamodb: String,
    /// SQS.
    pub(crate) sqs: String,
}

/// A world, and what stands before its servers.
pub(crate) struct Stage {
    /// The world.
    pub(crate) world: World,
    authority: Authority,
    tls: [Front; 2],
}

impl Stage {
    /// A new one; the directory keeps its root.
    pub(crate) async fn new(directory: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory)?;
        let world = World::start().await;
        let authority = Authority::new(&directory.canonicalize()?)?;
        let tls = [authority.before(&world.aws.dynamodb).await?, authority.before(&world.aws.sqs).await?];
        Ok(Self { world, authority, tls })
    }

    /// The servers themselves.
    pub(crate) fn plain(&self) -> Endpoints {
        Endpoints { dynamodb: self.world.aws.dynamodb.clone(), sqs: self.world.aws.sqs.clone() }
    }

    /// The servers behind TLS.
    pub(crate) fn secure(&self) -> Endpoints {
        let [dynamodb, sqs] = &self.tls;
        Endpoints { dynamodb: dynamodb.origin.clone(), sqs: sqs.origin.clone() }
    }

    /// Starts a subject, and waits until it asks for its first event.
    pub(crate) async fn start(&self, subject: &Subject, to: &Endpoints) -> Result<Running, Failure> {
        self.launch(subject, &subject.program, to, &[]).await
    }

    /// The same with another program around it, and variables of one's own.
    pub(crate) async fn launch(
        &self,
        subject: &Subject,
        program: &Program,
        to: &Endpoints,
        variables: &[(&'static str, String)],
    ) -> Result<Running, Failure> {
        let mut environment = self.environment(to);
        environment.extend(variables.iter().cloned());
        let began = Instant::now();
        let function = Function::launch(program, subject.name, &environment).await?;
        if !function.ready().await {
            return Err(format!("{} does not start: {}", subject.name, function.stop().await).into());
        }
        Ok(Running { name: subject.name, does: subject.does, function, started: began.elapsed() })
    }

    fn environment(&self, to: &Endpoints) -> Vec<(&'static str, String)> {
        let root = self.authority.root.to_string_lossy().into_owned();
        let mut variables = vec![
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_DEFAULT_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", to.dynamodb.clone()),
            ("AWS_ENDPOINT_URL_SQS", to.sqs.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("RINGBRIDGE_TABLE", self.world.table.clone()),
            ("RINGBRIDGE_QUEUE_URL", self.world.queue.clone()),
            ("RINGBRIDGE_SEALING_KEY", SEALING_KEY.to_owned()),
            ("RINGBRIDGE_PUBLIC_URL", "https://bridge.example".to_owned()),
            ("RINGBRIDGE_PBX_HOSTS", "https://pbx.example".to_owned()),
            ("RINGBRIDGE_ALLOW_PRIVATE_TARGETS", "true".to_owned()),
            ("RINGBRIDGE_METRICS", "Ringbridge/bench".to_owned()),
        ];
        if to.dynamodb.starts_with("https://") {
            // The product's, which is boto3's too; what it was before; and Node's.
            for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
                variables.push((name, root.clone()));
            }
        }
        variables
    }
}

/// A subject that runs.
pub(crate) struct Running {
    name: &'static str,
    /// What it does.
    pub(crate) does: Does,
    function: Function,
    /// From its start to its asking for the first event.
    pub(crate) started: Duration,
}

impl Running {
    /// Its process.
    pub(crate) fn process(&self) -> Result<u32, Failure> {
        self.function.process_id().ok_or_else(|| format!("{} has ended", self.name).into())
    }

    /// Hands it an event; answers how long the answer took, and the answer, once the invocation has ended too.
    pub(crate) async fn take(&self, event: &Value) -> Result<(Duration, Value), Failure> {
        self.take_until(event, async {}).await
    }

    /// The same, and lets something go on before the end is waited for.
    pub(crate) async fn take_until(
        &self,
        event: &Value,
        meanwhile: impl Future<Output = ()>,
    ) -> Result<(Duration, Value), Failure> {
        let began = Instant::now();
        let invocation = self.function.invoke(event, LIMIT);
        let answer = self.function.answer(invocation).await;
        let took = began.elapsed();
        meanwhile.await;
        if !self.function.ended(invocation).await {
            return Err(format!("{}: an invocation does not end", self.name).into());
        }
        match answer {
            Some(Answer::Response(value))
                if value["statusCode"].as_u64().is_none_or(|status| status < 300) =>
            {
                Ok((took, value))
            }
            Some(Answer::Response(other) | Answer::Error(other)) => {
                Err(format!("{}: {other}", self.name).into())
            }
            None => Err(format!("{}: no answer", self.name).into()),
        }
    }

    /// Kills it; answers what it logged.
    pub(crate) async fn stop(self) -> String {
        self.function.stop().await
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(mut self) -> bool {
        self.function.exit().await.is_some()
    }
}
