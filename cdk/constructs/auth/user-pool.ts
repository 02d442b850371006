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
  /** Whether people may create users by themselves, with any name that is free; if not, only an administrator may. */
  readonly selfSignUp: boolean;
  /** How long a token opens connections: 5 minutes to a day. */
  readonly accessTokenValidity: Duration;
  /** `RETAIN` also protects the pool from being deleted by hand. */
  readonly removalPolicy: RemovalPolicy;
}

/** The claim of Cognito's access tokens that is a user's id in Parley. ID tokens have none of that name. */
export const COGNITO_USER_CLAIM = "username";

/** All that a page may ask for: who it is. Not `aws.cognito.signin.user.admin`, which lets a token change its user. */
export const COGNITO_SCOPE = "openid";

/**
 * The users, where no other issuer has them. A user's id in Parley is his username: a name people can write to, that
 * Cognito never lets change. Disable users who go and do not delete them: a deleted name can be had again, and with it
 * the conversations.
 */
export class ChatUserPool extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  /** As in the `iss` claim of the tokens. */
  readonly issuer: string;

  constructor(scope: Construct, id: string, props: ChatUserPoolProps) {
    super(scope, id);
    const kept = props.removalPolicy === RemovalPolicy.RETAIN;
    this.pool = new UserPool(this, "Pool", {
      userPoolName: Stack.of(this).stackName,
      selfSignUpEnabled: props.selfSignUp,
      signInAliases: { username: true },
      // Or Bob and bob would be two people. Cognito lowers what it returns: write to users in lower case.
      signInCaseSensitive: false,
      // Nobody must have an address; who has one proves it, and can recover the account by it.
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
          "A second factor is each user's own choice: who chats under a free name would not come back for one.",
      },
      {
        id: "AwsSolutions-COG8",
        reason:
          "The Plus plan is billed for every user who signs in, and a chat nobody uses should cost nothing: docs/security.md.",
      },
    );
    // Another pool is other users, none of whom knows the new one.
    fixLogicalId(this.pool, "UserPool");

    this.client = new UserPoolClient(this, "Client", {
      userPool: this.pool,
      // For browsers, phones and terminals, which can keep no secret.
      generateSecret: false,
      disableOAuth: true,
      authFlows: { userSrp: true, userPassword: true, adminUserPassword: true },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: props.accessTokenValidity,
    });
    this.client.applyRemovalPolicy(props.removalPolicy);
    fixLogicalId(this.client, "UserPoolClient");

    // Not the pool's attribute ProviderURL, which an emulator the suites run on does not have.
    const { region, urlSuffix } = Stack.of(this);
    this.issuer = `https://cognito-idp.${region}.${urlSuffix}/${this.pool.userPoolId}`;
  }

  /**
   * Lets the page at the URL sign users in, by the authorization code flow: codes are sent there and nowhere else. Of the
   * one client there is, so that its tokens open connections, too; CloudFormation changes it in place.
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
