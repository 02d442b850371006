/**
 * Loaded into the process of every function on MiniStack, before the function: there is no DNS in front of it, so
 * what is asked of Cognito by its name on AWS is asked of MiniStack.
 */
const { AWS_ENDPOINT_URL } = process.env;
const fetchAnywhere = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const { hostname, pathname } = new URL(input);
  const isCognito = /^cognito-idp\.[\w-]+\.amazonaws\.com$/.test(hostname);
  return fetchAnywhere(isCognito ? new URL(pathname, AWS_ENDPOINT_URL) : input, init);
};
