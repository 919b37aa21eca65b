import { Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { Worker, WorkerName } from '../shared/workers.ts'
import { pascal } from './area-stack.ts'
import type { CoreStack } from './core-stack.ts'
import { WorkerFunction } from './worker-function.ts'

export type WorkerStackProps = StackProps & {
  core: CoreStack
  /** As `shared/workers.ts` declares them. */
  workers: readonly (readonly [WorkerName, Worker])[]
  /** The deployment package of a worker. */
  codeOf: (name: WorkerName) => Code
}

const whyNoRedrive = 'It is itself where failures go: nobody takes messages from it but whoever looks into them.'

/** What runs without a request, and one queue that tells of its failures. */
export class WorkerStack extends Stack {
  constructor(scope: Construct, id: string, { core, workers, codeOf, ...props }: WorkerStackProps) {
    super(scope, id, props)
    const failures = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    Validations.of(failures).acknowledge(
      { id: 'AwsSolutions-SQS3', reason: whyNoRedrive },
      { id: 'Serverless-SQSRedrivePolicy', reason: whyNoRedrive },
    )
    for (const [name, worker] of workers) {
      const own = pascal(name.slice(name.indexOf('/') + 1))
      new WorkerFunction(this, own, { core, name, worker, code: codeOf(name), failures })
    }
  }
}
