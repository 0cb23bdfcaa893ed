//! The rules: what Ringbridge decides, without doing any of it.
//!
//! Everything here is synchronous and takes what it depends on as values: the events, the connection's policy, the
//! present moment, a number for jitter. Nothing here reads a clock, makes randomness, or knows a database. So every
//! rule can be tried on a table of cases and on generated ones, and the same question gets the same answer in the
//! first invocation and in the fifth.
//!
//! # From events to records
//!
//! The PBX posts events; one leg (`SubCallID`) has a dial, perhaps an answer, and a hangup. [`leg::LegReading`] reads
//! a leg from the *set* of its events: order of arrival and repeats can't matter, because nothing here sees them
//! (P2). Where several events say the same thing, a fixed order of precedence decides: the hangup before the answer
//! before the dial, the later before the earlier; of several hangups a success before the rest, so that answered is
//! never downgraded.
//!
//! A leg gives a record when it has ended, is a phone's, and was answered or dialled out (R13). Success is
//! `CallStatus` = ANSWER and nothing else. [`scope`] says whether an outside party took part (R12); legs without one
//! are logged only if the connection's policy wants them.
//!
//! One record needs the whole call: the missed call. [`missed::decide`] looks at the hangups of queues and IVRs. The
//! last queue's word counts before an earlier one's, and any queue's before an IVR's; if that word is `Bridged` = no,
//! the call was missed there. A call that met no queue and no IVR, rang phones directly and was taken by none of
//! them, is missed at the phone that rang last, if the policy wants that (pbx-api.md §7.4). Because a queue's hangup
//! may come after the IVR's, the decision is held for some seconds after the event that raised the question, and
//! longer while a phone shows by ringing that the call goes on.
//!
//! # From records to deliveries
//!
//! [`delivery::next`] compares the record that the events give now with the delivery that is stored, and says what
//! is to be done: attempt, wait until, or nothing. A record that a late event changes after it was seen goes out
//! again under the same `record_id` with the next revision. A missed call that late events contradict is withdrawn:
//! dropped if nobody saw it, and otherwise kept in the log with a notice, because a CRM call can't be unsaid.
//!
//! [`retry::RetryPolicy`] is design §5's table: what failed transiently is tried again after growing waits, what was
//! throttled waits as told and uses no attempt, what was refused is parked until a person changes something, and
//! nothing older than 72 hours is tried.
//!
//! [`step::next`] puts these together for one leg, and is what the flows ask in a loop: *tell* ringing or answered
//! at once, *attempt* the record, *wait*, *ask* about the whole call, or *rest*.
//!
//! # Three walkthroughs
//!
//! *A queue rings two phones; 205 answers.* Two dial-ins: each leg reads as ringing and external, so each is told as
//! `call.ringing`. The answer on 205 is told as `call.answered`. 206's hangup says CANCEL: an incoming leg that was
//! not answered, rung by a queue, so neither a record nor a question. 205's hangup says ANSWER: a record with the
//! queue in `via`. The queue's hangup says `Bridged` = yes: no question.
//!
//! *The caller gives up in a queue behind an IVR.* The IVR's hangup comes first, `Bridged` = no: a question, held for
//! five seconds. The queue's hangup follows, `Bridged` = no: when the hold ends, both are there and the queue
//! outranks the IVR, so one record says that the call was missed at the queue. Had the queue's hangup come after the
//! hold, the record would have gone out with the IVR as its place, and again, revision 2, with the queue.
//!
//! *A hangup overtakes its answer.* The leg reads as answered, since the hangup says ANSWER with talk time, and as
//! incomplete, since no answer was seen. The record waits for the hold, so that it need not be corrected; then it
//! goes out with the time of answer worked out from the talk time.

pub mod delivery;
pub mod leg;
pub mod limits;
pub mod missed;
pub mod plan;
pub mod recover;
pub mod retry;
pub mod scope;
pub mod step;
pub mod suggest;
pub mod verdict;
