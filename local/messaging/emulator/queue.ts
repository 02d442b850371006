import { randomUUID } from "node:crypto";
import { type InflightEntry, type ReceivedMessage, type SqsMessage, SqsQueue, SqsStore } from "./fauxqs.ts";

type QueueByArn = (arn: string) => SqsQueue | undefined;

/**
 * A queue of fauxqs that behaves as SQS documents where fauxqs (2.4.1) does not: a receive returns up to ten messages of
 * a group, messages of a group return in their order, the queue's delay applies to messages from a topic, and a handle
 * ends with the visibility of its message.
 */
export class Queue extends SqsQueue {
  /** Handles whose visibility has ended, with their messages. They are forgotten when the message is gone. */
  readonly #endedHandles = new Map<string, SqsMessage>();

  /** A message from a topic has no delay of its own, so it gets the queue's. A dead letter, received before, gets none. */
  override enqueue(message: SqsMessage): void {
    const delaySeconds = Number(this.attributes.DelaySeconds);
    if (delaySeconds > 0 && message.delayUntil === undefined && message.approximateReceiveCount === 0)
      message.delayUntil = message.sentTimestamp + delaySeconds * 1000;
    super.enqueue(message);
  }

  override dequeue(maxCount: number, visibilitySeconds?: number, queueByArn?: QueueByArn): ReceivedMessage[] {
    if (this.isFifo()) return this.#dequeueGroups(maxCount, visibilitySeconds, queueByArn);
    const received = super.dequeue(maxCount, visibilitySeconds, queueByArn);
    for (const { ReceiptHandle } of received) {
      const entry = this.inflightMessages.get(ReceiptHandle);
      if (entry !== undefined) this.#forgetHandles(entry.message);
    }
    return received;
  }

  /**
   * Takes as many messages of a group as possible before those of the next one. A group with a message in flight is
   * locked.
   */
  #dequeueGroups(maxCount: number, visibilitySeconds?: number, queueByArn?: QueueByArn): ReceivedMessage[] {
    this.processTimers();
    const received: ReceivedMessage[] = [];
    for (const [group, messages] of this.fifoMessages) {
      if (received.length >= maxCount) break;
      if (this.fifoLockedGroups.has(group)) continue;
      while (received.length < maxCount) {
        const message = messages.shift();
        if (message === undefined) break;
        message.approximateReceiveCount += 1;
        if (this.#moveToDeadLetters(message, queueByArn)) continue;
        received.push(this.#receive(message, visibilitySeconds ?? Number(this.attributes.VisibilityTimeout)));
        this.fifoLockedGroups.set(group, (this.fifoLockedGroups.get(group) ?? 0) + 1);
      }
      // Behind the other groups, so that a long group does not keep them waiting.
      this.fifoMessages.delete(group);
      if (messages.length > 0) this.fifoMessages.set(group, messages);
    }
    return received;
  }

  #receive(message: SqsMessage, visibilitySeconds: number): ReceivedMessage {
    const receiptHandle = randomUUID();
    const visibilityDeadline = Date.now() + visibilitySeconds * 1000;
    message.approximateFirstReceiveTimestamp ??= Date.now();
    this.inflightMessages.set(receiptHandle, { message, receiptHandle, visibilityDeadline });
    this.#persistInFlight(message, receiptHandle, visibilityDeadline);
    const { messageId, md5OfBody, body, md5OfMessageAttributes, messageAttributes } = message;
    return {
      MessageId: messageId,
      ReceiptHandle: receiptHandle,
      MD5OfBody: md5OfBody,
      Body: body,
      ...(md5OfMessageAttributes && { MD5OfMessageAttributes: md5OfMessageAttributes }),
      ...(Object.keys(messageAttributes).length > 0 && { MessageAttributes: messageAttributes }),
    };
  }

  /** Returns false if the message has not been received too often yet, or if there is no dead-letter queue. */
  #moveToDeadLetters(message: SqsMessage, queueByArn: QueueByArn | undefined): boolean {
    const { RedrivePolicy } = this.attributes;
    if (!RedrivePolicy) return false;
    const { maxReceiveCount, deadLetterTargetArn } = JSON.parse(RedrivePolicy);
    const target = queueByArn?.(deadLetterTargetArn);
    if (target === undefined || message.approximateReceiveCount <= Number(maxReceiveCount)) return false;
    this.#forgetHandles(message);
    this.persistence?.deleteMessage(message.messageId);
    // The dead-letter queue has its own order, and takes the messages of several queues.
    message.sequenceNumber = target.nextSequenceNumber();
    target.enqueue(message);
    return true;
  }

  /** Makes messages visible whose visibility timeout or delay is over, and wakes the receives that wait. */
  override processTimers(): void {
    const nowMs = Date.now();
    for (const entry of this.inflightMessages.values())
      if (entry.visibilityDeadline <= nowMs) this.#makeVisible(entry);
    super.processTimers();
  }

  override changeVisibility(receiptHandle: string, seconds: number): void {
    const entry = this.inflightMessages.get(receiptHandle);
    if (entry === undefined) return;
    if (seconds > 0) {
      super.changeVisibility(receiptHandle, seconds);
      return;
    }
    this.#makeVisible(entry);
    // fauxqs writes a null receive count here, which its own schema refuses. Without a deadline the message loads as visible.
    this.#persistInFlight(entry.message, "", 0);
    this.processTimers();
  }

  #makeVisible({ receiptHandle, message }: InflightEntry): void {
    this.inflightMessages.delete(receiptHandle);
    this.#endedHandles.set(receiptHandle, message);
    if (!this.isFifo()) {
      this.messages.push(message);
      return;
    }
    const group = message.messageGroupId ?? "";
    const locks = (this.fifoLockedGroups.get(group) ?? 1) - 1;
    if (locks > 0) this.fifoLockedGroups.set(group, locks);
    else this.fifoLockedGroups.delete(group);
    const messages = this.fifoMessages.get(group) ?? [];
    const after = messages.findIndex((other) => sequence(other) > sequence(message));
    messages.splice(after === -1 ? messages.length : after, 0, message);
    this.fifoMessages.set(group, messages);
  }

  /** True if the message is in flight under this handle. */
  isInFlight(receiptHandle: string): boolean {
    this.processTimers();
    return this.inflightMessages.has(receiptHandle);
  }

  /**
   * Deletes the message of a handle. Returns false if the handle has ended, which a FIFO queue refuses. A standard queue
   * still deletes a message that was not received again. A message that is gone counts as deleted.
   */
  override deleteMessage(receiptHandle: string): boolean {
    this.processTimers();
    const message = this.inflightMessages.get(receiptHandle)?.message;
    if (message !== undefined) {
      super.deleteMessage(receiptHandle);
      this.#forgetHandles(message);
      return true;
    }
    const visible = this.#endedHandles.get(receiptHandle);
    if (visible === undefined) return true;
    if (this.isFifo()) return false;
    this.messages.splice(this.messages.indexOf(visible), 1);
    this.persistence?.deleteMessage(visible.messageId);
    this.#forgetHandles(visible);
    return true;
  }

  #forgetHandles(message: SqsMessage): void {
    for (const [handle, other] of this.#endedHandles)
      if (other === message) this.#endedHandles.delete(handle);
  }

  #persistInFlight(message: SqsMessage, receiptHandle: string, deadlineMs: number): void {
    const { messageId, approximateReceiveCount, approximateFirstReceiveTimestamp } = message;
    this.persistence?.updateMessageInflight(
      messageId,
      receiptHandle,
      deadlineMs,
      approximateReceiveCount,
      approximateFirstReceiveTimestamp,
    );
  }
}

/** Padded to one length, so text order is the order. */
function sequence({ sequenceNumber = "" }: SqsMessage): string {
  return sequenceNumber;
}

/** The maps that `SqsStore` declares private; only its own `createQueue` could fill them, with queues of its own class. */
interface StoreMaps {
  readonly queues: Map<string, SqsQueue>;
  readonly queuesByName: Map<string, SqsQueue>;
  readonly queuesByArn: Map<string, SqsQueue>;
}

/** A store of fauxqs whose queues are {@link Queue}s. */
export class QueueStore extends SqsStore {
  override createQueue(...[name, url, arn, attributes, tags]: Parameters<SqsStore["createQueue"]>): Queue {
    const queue = new Queue(name, url, arn, attributes, tags);
    if (this.persistence !== undefined) {
      queue.persistence = this.persistence;
      this.persistence.insertQueue(queue);
    }
    const { queues, queuesByName, queuesByArn } = this as unknown as StoreMaps;
    queues.set(url, queue);
    queuesByName.set(name, queue);
    queuesByArn.set(arn, queue);
    return queue;
  }

  override getQueue(url: string): Queue | undefined {
    return queueOrNone(super.getQueue(url));
  }

  override getQueueByName(name: string): Queue | undefined {
    return queueOrNone(super.getQueueByName(name));
  }
}

function queueOrNone(queue: SqsQueue | undefined): Queue | undefined {
  return queue instanceof Queue ? queue : undefined;
}
