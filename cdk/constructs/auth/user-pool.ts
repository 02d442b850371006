import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import {
  AccountRecovery,
  type CfnUserPoolClient,
  Mfa,
  UserPool,
  UserPoolClient,
} from "aws-cdk-lib/aws-cognito";
import { Construct } from "constructs";
import { fixLogicalId } from "../data/fixed-logical-id.ts";

export interface ChatUserPoolProps {
  /** True if people may sign themselves up under any free name. Otherwise only administrators create users. */
  readonly selfSignUp: boolean;
  /** Validity of an access token: 5 minutes to a day. */
  readonly accessTokenValidity: Duration;
  /** `RETAIN` also turns on deletion protection. */
  readonly removalPolicy: RemovalPolicy;
}

/** The claim of Cognito's access tokens that holds the user id. ID tokens have no claim of that name. */
export const COGNITO_USER_CLAIM = "username";

/** The only scope a page gets: the user's identity. `aws.cognito.signin.user.admin` would let a token change its user. */
export const COGNITO_SCOPE = "openid";

/**
 * The user pool of a chat without another issuer. The user id is the username: people can address it, and Cognito never
 * lets it change. Erase users who leave, or disable them, and do not only delete them: somebody else could sign up under a
 * deleted name and would get its conversations.
 */
export class ChatUserPool extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  /** The issuer URL, as in the `iss` claim of the tokens. */
  readonly issuer: string;

  constructor(scope: Construct, id: string, props: ChatUserPoolProps) {
    super(scope, id);
    const kept = props.removalPolicy === RemovalPolicy.RETAIN;
    this.pool = new UserPool(this, "Pool", {
      userPoolName: Stack.of(this).stackName,
      selfSignUpEnabled: props.selfSignUp,
      signInAliases: { username: true },
      // Otherwise Bob and bob would be two people. Cognito returns names in lower case, so address users in lower case.
      signInCaseSensitive: false,
      // A mail address is optional. Users who give one verify it and can recover their account with it.
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      deletionProtection: kept,
      removalPolicy: props.removalPolicy,
    });
    Validations.of(this.pool).acknowledge(
      {
        id: "AwsSolutions-COG2",
        reason:
          "A second factor is each user's choice: people who sign up just to chat would not return if it were required.",
      },
      {
        id: "AwsSolutions-COG8",
        reason:
          "The Plus plan is billed for every user who signs in, and an unused chat should cost nothing: docs/security.md.",
      },
    );
    // Replacing the pool would lose all users.
    fixLogicalId(this.pool, "UserPool");

    this.client = new UserPoolClient(this, "Client", {
      userPool: this.pool,
      // Browsers, phones and terminals cannot keep a secret.
      generateSecret: false,
      disableOAuth: true,
      authFlows: { userSrp: true, userPassword: true, adminUserPassword: true },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: props.accessTokenValidity,
    });
    this.client.applyRemovalPolicy(props.removalPolicy);
    fixLogicalId(this.client, "UserPoolClient");

    // Not the pool's attribute ProviderURL: the emulator that the suites run on does not have it.
    const { region, urlSuffix } = Stack.of(this);
    this.issuer = `https://cognito-idp.${region}.${urlSuffix}/${this.pool.userPoolId}`;
  }

  /**
   * Lets the page at the URL sign users in with the authorization code flow. Codes are sent only to that URL. The page
   * uses the existing client, so that its tokens open connections; CloudFormation changes the client in place.
   */
  signInFrom(pageUrl: string): void {
    const client = this.client.node.defaultChild as CfnUserPoolClient;
    client.allowedOAuthFlowsUserPoolClient = true;
    client.allowedOAuthFlows = ["code"];
    client.allowedOAuthScopes = [COGNITO_SCOPE];
    client.callbackUrLs = [pageUrl];
    client.logoutUrLs = [pageUrl];
  }
}
