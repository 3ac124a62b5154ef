// Follows a Jackfield broker's events without loss or doubles, and sends it commands and queries.
// Needs the npm package zeromq 6. The protocol is in docs/events.md.
//
//   const subscriber = new Subscriber({endpoint: 'ipc:///var/lib/jackfield/run/events.sock', cursor: 'billing'});
//   for await (const event of subscriber.events()) handle(event.type, event.data);
import {randomBytes} from 'node:crypto';
import * as zmq from 'zeromq';

const ATTEMPT_MS = 2000; // Without an answer the connection is made anew.
const GAP_PATIENCE_MS = 250; // A heartbeat may be ahead of what we have for so long.
const ACK_BATCH = 64;
const ACK_PAUSE_MS = 500;
const HELD_MAX = 10_000; // Frames of the live socket kept while something else is awaited.

/** What the broker refused: code (GONE, EPOCH, DENIED, FENCED, … or UNREACHABLE) and details. */
export class BrokerError extends Error {
  constructor(details) {
    super(`${details.code}: ${details.text}`);
    this.code = details.code ?? 'INTERNAL';
    this.details = details;
  }
}

/** A socket read in the background into a bounded buffer, so that reads can have a time limit. */
class Inbox {
  constructor(socket, wake) {
    this.socket = socket;
    this.frames = [];
    this.#pump(wake);
  }
  async #pump(wake) {
    try {
      for await (const message of this.socket) {
        // Beyond the bound the newest are dropped: the gap is noticed and filled from the journal.
        if (this.frames.length < HELD_MAX) this.frames.push(message);
        wake();
      }
    } catch {
      wake(); // The socket was closed.
    }
  }
  take() {
    return this.frames.shift();
  }
  async send(frames) {
    try {
      await this.socket.send(frames);
      return true;
    } catch {
      return false;
    }
  }
  close() {
    this.frames = [];
    this.socket.close();
  }
}

/** Lets one waiter sleep until something happens or the time is over. */
class Bell {
  #wake = null;
  ring = () => this.#wake?.();
  wait(until) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), Math.max(0, until - Date.now()));
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }
}

function open(kind, endpoint, curve, bell) {
  const options = {linger: 0, reconnectInterval: 50, reconnectMaxInterval: 2000, sendTimeout: 0};
  const socket = kind === 'sub' ? new zmq.Subscriber({linger: 0, reconnectInterval: 50}) : new zmq.Dealer(options);
  socket.heartbeatInterval = 2000;
  socket.heartbeatTimeout = 6000;
  if (curve) {
    [socket.curveServerKey, socket.curvePublicKey, socket.curveSecretKey] = curve;
  }
  if (kind === 'sub') {
    socket.receiveHighWaterMark = 10_000;
    socket.subscribe('jf.');
  }
  socket.connect(endpoint);
  return new Inbox(socket, bell.ring);
}

/**
 * Requests and answers, one at a time. Each call tries again with the same idempotency key until its time is over,
 * also across a restart of the broker: a command is carried out once.
 * options: endpoint, pubEndpoint?, curve?: [server key, our public key, our secret key] (Z85, for tcp).
 */
export class Client {
  #bell = new Bell();
  #inbox = null;
  #count = 0;
  #prefix = randomBytes(4).toString('hex');
  #turn = Promise.resolve();

  constructor(options) {
    this.options = options;
  }
  /** The same key within 24 hours gives the same answer. */
  command(name, args, {key = randomBytes(16).toString('hex'), timeout = 10_000, binary} = {}) {
    return this.request('COMMAND', {name, key, args}, timeout, binary);
  }
  query(name, args = {}, {timeout = 10_000} = {}) {
    return this.request('QUERY', {name, args}, timeout);
  }
  /** Any verb that has one answer. Throws BrokerError. */
  request(verb, body, timeout, binary) {
    const run = this.#turn.then(() => this.#request(verb, body, timeout, binary));
    this.#turn = run.catch(() => {});
    return run;
  }
  close() {
    this.#inbox?.close();
    this.#inbox = null;
  }

  async #request(verb, body, timeout, binary) {
    const deadline = Date.now() + timeout;
    let last = {code: 'UNREACHABLE', text: 'no answer from the broker in time'};
    do {
      this.#inbox ??= open('dealer', this.options.endpoint, this.options.curve, this.#bell);
      const id = this.#prefix + (++this.#count).toString(16).padStart(8, '0');
      const frames = ['JF1', verb, id, JSON.stringify(body), ...(binary ? [binary] : [])];
      const isSent = await this.#inbox.send(frames);
      const answer = isSent ? await this.#await(id, Math.min(deadline, Date.now() + ATTEMPT_MS)) : undefined;
      if (!answer) {
        this.close();
        if (!isSent) await this.#bell.wait(Math.min(deadline, Date.now() + 50));
        continue;
      }
      const json = JSON.parse(String(answer[3]));
      if (String(answer[1]) === 'OK') return json;
      if (json.code !== 'BUSY') throw new BrokerError(json);
      last = json;
      await this.#bell.wait(Math.min(deadline, Date.now() + Math.min(json.retry_ms ?? 200, 5000)));
    } while (Date.now() < deadline);
    throw new BrokerError(last);
  }
  async #await(id, deadline) {
    for (;;) {
      for (let frames = this.#inbox.take(); frames; frames = this.#inbox.take()) {
        if (frames.length > 3 && String(frames[2]) === id) return frames;
      }
      if (Date.now() >= deadline) return undefined;
      await this.#bell.wait(deadline);
    }
  }
}

/**
 * Every event of one partition, each once, in order: live from PUB, from the journal whenever something was missed.
 * options, besides the Client's:
 *   cursor: the broker keeps our place under this name; asking for the next event acknowledges the one before.
 *   start: 'now', 'oldest' or {epoch, sequence} of the last event we have; store that in the transaction with what
 *     you do, and each event has its effect exactly once. With a cursor: used while the cursor is new.
 *   onReset(error): EPOCH (another journal, e.g. restored from a backup) or GONE (our place was removed); returns
 *     'oldest' or 'now'. Without it the error is thrown.
 *   partition: default 0. window: events under way to us while catching up, default 512.
 */
export class Subscriber {
  #bell = new Bell();
  #want;
  #state = 'connect';
  #live = null;
  #stream = null;
  #position = null;
  #fence;
  #acked = 0;
  #lastAck = 0;
  #isReset = false;
  #gapSince = null;
  #gapHead = 0;
  #heard = 0;
  #silence = 4000;
  #streamId = 0;
  #used = 0;
  #isClosed = false;

  constructor(options) {
    this.#want = {start: 'now', partition: 0, window: 512, ...options};
    this.client = new Client(options);
    if (typeof this.#want.start === 'object') this.#position = this.#want.start;
  }

  /** {epoch, sequence} of the last durable event. */
  get position() {
    return this.#position;
  }
  get isLive() {
    return this.#state === 'live';
  }

  /** Events (CloudEvents envelopes) until close(). */
  async *events() {
    while (!this.#isClosed) {
      const event = await this.next(1000);
      if (event) yield event;
    }
  }

  /** The next event, or undefined when none came in time. */
  async next(timeout) {
    const deadline = Date.now() + timeout;
    for (;;) {
      await this.#sendAck();
      const event = await this.#step(deadline);
      if (event || Date.now() >= deadline || this.#isClosed) return event;
    }
  }

  /** Acknowledges every event returned so far and waits until that is durable. */
  async ack(timeout = 5000) {
    if (this.#fence === undefined || !this.#position) return;
    const {sequence} = this.#position;
    await this.client.request('ACK', this.#ackBody(), timeout);
    this.#acked = sequence;
  }

  close() {
    this.#isClosed = true;
    this.#live?.close();
    this.#stream?.close();
    this.#live = this.#stream = null;
    this.client.close();
    this.#bell.ring();
  }

  #step(deadline) {
    if (this.#state === 'connect') return this.#connect(deadline);
    return this.#state === 'live' ? this.#readLive(deadline) : this.#readStream(deadline);
  }

  // Subscribes first, then asks for what was before: nothing can fall between.
  async #connect(deadline) {
    let hello;
    try {
      hello = await this.client.request('HELLO', {}, Math.max(0, Math.min(deadline - Date.now(), ATTEMPT_MS)));
    } catch (error) {
      if (error.code === 'DENIED') throw error;
      return;
    }
    this.#silence = Math.max(3000, hello.heartbeat_ms * 4);
    this.#live?.close();
    this.#live = open('sub', this.#pubEndpoint(hello.pub), this.#want.curve, this.#bell);
    await this.#resume();
  }

  #pubEndpoint(told) {
    if (this.#want.pubEndpoint) return this.#want.pubEndpoint;
    const isAnywhere = told.startsWith('tcp://0.0.0.0:') || told.startsWith('tcp://[::]:');
    if (!isAnywhere) return told;
    const {endpoint} = this.#want; // It listens everywhere: its host is the one we asked.
    return endpoint.slice(0, endpoint.lastIndexOf(':')) + told.slice(told.lastIndexOf(':'));
  }

  async #resume() {
    this.#stream?.close();
    this.#stream = open('dealer', this.#want.endpoint, this.#want.curve, this.#bell);
    const {cursor, partition, start} = this.#want;
    const body = {partition, live: false};
    if (cursor) Object.assign(body, {cursor, new: start, fence: this.#fence});
    body.from = this.#position ?? (cursor && !this.#isReset ? 'cursor' : start);
    this.#gapSince = null;
    this.#heard = Date.now();
    this.#state = 'resume';
    await this.#tell('RESUME', 'resume', body);
  }

  #tell(verb, id, body) {
    return this.#stream.send(['JF1', verb, id, JSON.stringify(body)]);
  }

  async #readStream(deadline) {
    const frames = this.#stream.take();
    if (!frames) {
      const patience = this.#heard + ATTEMPT_MS;
      if (Date.now() >= patience) return this.#resume(); // The broker may have come back without our stream.
      await this.#bell.wait(Math.min(deadline, patience));
      return;
    }
    this.#heard = Date.now();
    const [, kind, id] = frames.map(String);
    if (frames.length < 4 || id === 'ack') return this.#ackAnswer(frames);
    if (kind === 'ERROR') return this.#streamError(JSON.parse(String(frames[3])));
    if (kind === 'END') this.#state = 'live';
    if (kind === 'OK') await this.#beginCatchUp(JSON.parse(String(frames[3])));
    return kind === 'EVENT' ? this.#streamEvent(JSON.parse(String(frames[4]))) : undefined;
  }

  async #beginCatchUp(answer) {
    this.#streamId = answer.stream;
    this.#position = {epoch: answer.epoch, sequence: answer.sequence};
    if (this.#fence === undefined) this.#acked = answer.sequence;
    this.#fence = answer.fence;
    this.#isReset = false;
    this.#used = 0;
    this.#state = 'catch_up';
    await this.#tell('CREDIT', 'credit', {stream: this.#streamId, events: this.#want.window});
  }

  async #streamEvent(event) {
    if (++this.#used >= this.#want.window / 2) {
      await this.#tell('CREDIT', 'credit', {stream: this.#streamId, events: this.#used});
      this.#used = 0;
    }
    const sequence = Number(event.sequence);
    if (sequence <= this.#position.sequence) return;
    if (sequence !== this.#position.sequence + 1) return this.#resume();
    this.#position = {epoch: event.epoch, sequence};
    return event;
  }

  async #streamError(details) {
    const error = new BrokerError(details);
    const isReset = error.code === 'EPOCH' || error.code === 'GONE';
    if (isReset && this.#want.onReset) {
      this.#want.start = await this.#want.onReset(error);
      this.#position = null;
      this.#isReset = true;
      return this.#resume();
    }
    if (isReset || ['FENCED', 'BAD', 'DENIED'].includes(error.code)) throw error;
    if (error.code === 'NOT_FOUND') return this.#resume(); // The broker has no such stream any more.
    return; // BUSY and the like: asked again after ATTEMPT_MS.
  }

  async #readLive(deadline) {
    for (let frames = this.#stream.take(); frames; frames = this.#stream.take()) this.#ackAnswer(frames);
    const frames = this.#live.take();
    if (frames) {
      this.#heard = Date.now();
      return this.#liveFrames(frames);
    }
    const now = Date.now();
    if (now >= this.#heard + this.#silence) {
      this.#state = 'connect';
      return;
    }
    if (this.#gapSince !== null && now >= this.#gapSince + GAP_PATIENCE_MS) return this.#resume();
    let wake = Math.min(deadline, this.#heard + this.#silence);
    if (this.#gapSince !== null) wake = Math.min(wake, this.#gapSince + GAP_PATIENCE_MS);
    if (this.#isAckDue(Infinity)) wake = Math.min(wake, this.#lastAck + ACK_PAUSE_MS);
    await this.#bell.wait(wake);
  }

  async #liveFrames([topic, body]) {
    const event = JSON.parse(String(body));
    if (String(topic) === 'jf.heartbeat') return this.#heartbeat(event);
    if (event.partitionkey !== String(this.#want.partition)) return;
    if (event.sequence === undefined) return event; // Not durable.
    const sequence = Number(event.sequence);
    const {epoch, sequence: last} = this.#position;
    if (event.epoch !== epoch || sequence > last + 1) return this.#resume();
    if (sequence <= last) return;
    this.#position = {epoch, sequence};
    if (sequence >= this.#gapHead) this.#gapSince = null;
    return event;
  }

  // Finds what was lost at the tail, and a broker that came back with another journal.
  async #heartbeat(beat) {
    if (beat.partition !== this.#want.partition) return;
    this.#gapHead = beat.head;
    if (beat.epoch !== this.#position.epoch) return this.#resume();
    if (beat.head > this.#position.sequence) this.#gapSince ??= Date.now();
  }

  #ackBody() {
    return {cursor: this.#want.cursor, partition: this.#want.partition, fence: this.#fence, ...this.#position};
  }
  #isAckDue(now) {
    if (this.#fence === undefined || !this.#position || this.#acked >= this.#position.sequence) return false;
    return this.#position.sequence - this.#acked >= ACK_BATCH || now >= this.#lastAck + ACK_PAUSE_MS;
  }
  async #sendAck() {
    if (!this.#stream || !this.#isAckDue(Date.now())) return;
    const {sequence} = this.#position;
    this.#lastAck = Date.now();
    if (await this.#tell('ACK', 'ack', this.#ackBody())) this.#acked = sequence;
  }
  #ackAnswer(frames) {
    if (frames.length < 4 || String(frames[1]) !== 'ERROR' || String(frames[2]) !== 'ack') return;
    const details = JSON.parse(String(frames[3]));
    if (details.code === 'FENCED') throw new BrokerError(details);
  }
}
