/**
 * Stands in, in the bundles, for the AWS SDK's search for credentials (profiles, single sign-on, metadata services of other
 * machines): Lambda puts those of the function's role into the environment, for as long as that environment lives. What the
 * search is made of is a third of a bundle, never runs there, and could only find what is not meant to be used.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env
  if (!accessKeyId || !secretAccessKey) throw new Error('there are no AWS credentials in the environment')
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) }
}
