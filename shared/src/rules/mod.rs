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
//! before the dial, the later before the earlier; of several hangups a success before the rest, and one that tells the
//! talk before one that does not, so that answered is never downgraded.
//!
//! A leg gives a record when it has ended, is a phone's, and was answered or dialled out (R13). Success is
//! `CallStatus` = ANSWER and nothing else. [`scope`] says whether an outside party took part (R12); legs without one
//! are logged only if the connection's policy wants them.
//!
//! [`whole::Whole`] puts the legs of a call together with what the PBX's history told of it ([`recover`]). The history
//! has the last word on what no event told: it closes a leg whose hangup was lost, tells of legs of which no event
//! came, and of phones that we don't watch. `matching` finds which leg of ours is which of the history's, by
//! extension and time. A record that the history made keeps its name when its events come after all.
//!
//! One record needs the whole call: the missed call. [`missed::decide`] looks at the words of queues and IVRs
//! (`places`). The last queue's word counts before an earlier one's, and any queue's before an IVR's; if that word is
//! `Bridged` = no, the call was missed there, unless a phone talked with the caller after it. A call that met no queue
//! and no IVR, rang phones directly and was taken by none of them, is missed at the phone that rang last, if the policy
//! wants that (docs/pbx.md §7.4). Because a queue's word may come after the IVR's, the decision is held for some seconds
//! after the event that raised the question, and longer, but bounded, while a phone shows that the call goes on.
//!
//! # From records to deliveries
//!
//! [`sight`] says what is known of a record: it *is* this one, *keep* what stands, or *withdraw* it.
//! [`delivery::next`] compares that with the delivery that is stored, and says what is to be done: attempt, wait
//! until, or nothing. What may have been seen is never reused for another content: a record that changed goes out
//! again under the same `record_id` with the next revision, one whose ground is gone is withdrawn under the next, and
//! one that nobody can have seen is dropped. A revision that says what was said last does not go out.
//!
//! [`retry::RetryPolicy`] is docs/promises.md §5's table: what failed transiently is tried again after growing waits, what was
//! throttled waits as told and uses no attempt, what was refused is parked until a person changes something, and
//! nothing older than 72 hours is tried. [`pause`] says when a whole connection waits: for a person, or, while its CRM
//! hangs, for a probe.
//!
//! # Three walkthroughs
//!
//! *A queue rings two phones; 205 answers.* Two dial-ins: each leg reads as ringing and external, so each is told as
//! `call.ringing`. The answer on 205 is told as `call.answered`. 206's hangup says CANCEL: an incoming leg that was
//! not answered, rung by a queue, so neither a record nor a question; that its phone stopped ringing is told as
//! `call.stopped`. 205's hangup says ANSWER: a record with the queue in `via`. The queue's hangup says `Bridged` = yes:
//! no question.
//!
//! *A phone rings in vain, an announcement plays for eight seconds, the next phone answers.* The first hangup raises
//! the question, and when its hold ends nothing says that the call goes on: missed, at the first phone. Then the second
//! phone rings: asked again, the answer is to wait, and what stands is kept. It answers: the call was not missed, so
//! the CRM is told `call.withdrawn` under revision 2, and the second phone's leg gives the one record that stays.
//!
//! *A hangup is lost.* The leg reads as answered and going on. Half an hour later the history has the call: the leg is
//! the one that began within seconds of the history's, so it ends when the history says, and its record goes out. Had
//! the history nothing, twelve hours later the log would say that its end never came, with a notice, and nothing would
//! be delivered as something that it may not have been.

pub mod delivery;
pub mod dial;
pub mod effect;
mod fields;
pub mod leg;
pub mod letters;
pub mod limits;
mod matching;
pub mod missed;
pub mod overview;
pub mod pause;
mod places;
pub mod plan;
pub mod recover;
pub mod responsible;
pub mod retry;
mod revision;
mod rulebook;
pub mod scope;
pub mod sight;
pub mod suggest;
mod telling;
pub mod verdict;
pub mod whole;
