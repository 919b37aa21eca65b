import { Duration, Validations } from 'aws-cdk-lib'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  type Code,
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Family } from '../shared/store/table.ts'
import { attributes } from '../shared/store/table.ts'
import type { Worker, WorkerName } from '../shared/workers.ts'
import type { CoreStack } from './core-stack.ts'
import { addFunction } from './function.ts'

export type WorkerFunctionProps = {
  core: CoreStack
  name: WorkerName
  worker: Worker
  code: Code
  /** Where it is told of runs that failed. What they were to do stands in the table, and the next run does it. */
  failures: Queue
}

/** One worker: its function, and what wakes it. */
export class WorkerFunction extends Construct {
  constructor(scope: Construct, id: string, { core, name, worker, code, failures }: WorkerFunctionProps) {
    super(scope, id)
    const { touches, timeoutSeconds, everyMinutes, on } = worker
    const handler = addFunction(this, {
      core,
      name,
      touches,
      timeoutSeconds,
      code,
      statements: [
        new PolicyStatement({ sid: 'Failures', actions: ['sqs:SendMessage'], resources: [failures.queueArn] }),
        ...(on ? streamStatements(core) : []),
      ],
    })
    Validations.of(handler).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'It has a destination for failures in the place of a dead letter queue, which says more of what went wrong.',
    })
    // A minute later it runs again anyway.
    handler.configureAsyncInvoke({
      onFailure: new SqsDestination(failures),
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    })
    new Rule(this, 'Schedule', {
      description: `Sigil: ${name}, from time to time`,
      schedule: Schedule.rate(Duration.minutes(everyMinutes)),
      targets: [
        new LambdaTarget(handler, { deadLetterQueue: failures, retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
      ],
    })
    if (on) wakeOn(this, handler, core, on, failures)
  }
}

/** As soon as a row of a family is written. */
function wakeOn(scope: Construct, target: LambdaFunction, core: CoreStack, family: Family, failures: Queue): void {
  new EventSourceMapping(scope, 'Stream', {
    target,
    eventSourceArn: streamOf(core),
    startingPosition: StartingPosition.LATEST,
    // One run does all that there is to do, however many rows have told of it.
    batchSize: 1000,
    bisectBatchOnError: false,
    retryAttempts: 2,
    maxRecordAge: Duration.minutes(10),
    onFailure: new SqsDlq(failures),
    filters: [
      FilterCriteria.filter({
        eventName: FilterRule.isEqual('INSERT'),
        dynamodb: { Keys: { [attributes.partition]: { S: FilterRule.beginsWith(`${family}#`) } } },
      }),
    ],
  })
}

function streamStatements(core: CoreStack): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'Stream',
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      resources: [streamOf(core)],
    }),
  ]
}

function streamOf({ table }: CoreStack): string {
  if (!table.tableStreamArn) throw new Error('the table has no stream')
  return table.tableStreamArn
}
