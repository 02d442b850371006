import { Aws, Fn } from "aws-cdk-lib";
import { CfnManagedLoginBranding, ManagedLoginVersion, UserPoolDomain } from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";
import { type ChatUserPool, COGNITO_SCOPE } from "../auth/user-pool.ts";
import { fixLogicalId } from "../data/fixed-logical-id.ts";
import type { PageSignIn } from "./page-sign-in.ts";

/** Cognito's own sign-in pages for users of the chat's pool. */
export class CognitoSignIn extends Construct implements PageSignIn {
  readonly sources: readonly string[];
  readonly client: PageSignIn["client"];

  constructor(scope: Construct, id: string, users: ChatUserPool, prefix = `parley-${stackGuid()}`) {
    super(scope, id);
    const domain = new UserPoolDomain(this, "Domain", {
      userPool: users.pool,
      cognitoDomain: { domainPrefix: prefix },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    // A pool can have only one such domain at a time, so a replacement would fail to deploy.
    fixLogicalId(domain, "SignInDomain");
    const clientId = users.client.userPoolClientId;
    // A client without a style has no sign-in pages ("Login pages unavailable").
    new CfnManagedLoginBranding(this, "Style", {
      userPoolId: users.pool.userPoolId,
      clientId,
      useCognitoProvidedValues: true,
    });
    // Limited to the pool's path: the host serves the API of every pool of the region and could receive leaked data.
    this.sources = [`${users.issuer}/`, domain.baseUrl()];
    this.client = { clientId, scope: COGNITO_SCOPE, logoutUrl: `${domain.baseUrl()}/logout` };
  }
}

/** Returns the guid in `arn:…:stack/parley-dev/<guid>`. It is unique and stays the same for the life of the stack. */
function stackGuid(): string {
  return Fn.select(2, Fn.split("/", Aws.STACK_ID));
}
