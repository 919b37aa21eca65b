import { App, Validations } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { bundleViewerRequest, packageDirectory, writeBundles } from './bundle.ts'
import { addStacks } from './stacks.ts'

const [viewerRequest] = await Promise.all([bundleViewerRequest(), writeBundles()])

const app = new App()
addStacks(app, { viewerRequest, codeOf: (name) => Code.fromAsset(packageDirectory(name)) })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
app.synth()
