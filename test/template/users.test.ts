import { describe, expect, test } from "vitest";
import { synthesize } from "./synthesized.ts";

const dev = synthesize();
const prod = synthesize({ env: "prod" });
const pool = dev.ofType("AWS::Cognito::UserPool").UserPool?.Properties;
const client = dev.ofType("AWS::Cognito::UserPoolClient").UserPoolClient?.Properties;

test("users sign in with a case-insensitive name that has no aliases", () => {
  expect(pool).toMatchObject({ UsernameConfiguration: { CaseSensitive: false } });
  expect(pool).not.toHaveProperty("UsernameAttributes");
  expect(pool).not.toHaveProperty("AliasAttributes");
});

test("people may sign themselves up in dev; elsewhere only administrators create users", () => {
  const onlyAdmins = (stack: typeof dev) =>
    stack.ofType("AWS::Cognito::UserPool").UserPool?.Properties.AdminCreateUserConfig;
  expect(onlyAdmins(dev)).toEqual({ AllowAdminCreateUserOnly: false });
  for (const env of ["staging", "prod"]) {
    expect(onlyAdmins(synthesize({ env }))).toEqual({ AllowAdminCreateUserOnly: true });
  }
});

test("passwords are long and mixed, and a second factor is possible", () => {
  expect(pool).toMatchObject({
    Policies: {
      PasswordPolicy: {
        MinimumLength: 12,
        RequireLowercase: true,
        RequireUppercase: true,
        RequireNumbers: true,
        RequireSymbols: true,
      },
    },
    MfaConfiguration: "OPTIONAL",
    EnabledMfas: ["SOFTWARE_TOKEN_MFA"],
  });
});

test("clients need no secret, cannot probe for users, and can revoke their tokens", () => {
  expect(client).toMatchObject({
    GenerateSecret: false,
    PreventUserExistenceErrors: "ENABLED",
    EnableTokenRevocation: true,
    AllowedOAuthFlowsUserPoolClient: false,
    ExplicitAuthFlows: [
      "ALLOW_USER_PASSWORD_AUTH",
      "ALLOW_ADMIN_USER_PASSWORD_AUTH",
      "ALLOW_USER_SRP_AUTH",
      "ALLOW_REFRESH_TOKEN_AUTH",
    ],
    AccessTokenValidity: 60,
    TokenValidityUnits: { AccessToken: "minutes" },
  });
});

describe("users", () => {
  const resources = (stack: typeof dev) => [
    stack.ofType("AWS::Cognito::UserPool").UserPool,
    stack.ofType("AWS::Cognito::UserPoolClient").UserPoolClient,
  ];

  test("of prod survive the stack, and the pool has deletion protection", () => {
    expect(resources(prod).map((resource) => resource?.DeletionPolicy)).toEqual(["Retain", "Retain"]);
    expect(resources(prod)[0]?.Properties.DeletionProtection).toBe("ACTIVE");
  });

  test("of dev are deleted with it", () => {
    expect(resources(dev).map((resource) => resource?.DeletionPolicy)).toEqual(["Delete", "Delete"]);
    expect(resources(dev)[0]?.Properties.DeletionProtection).toBe("INACTIVE");
  });
});
