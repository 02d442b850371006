import * as v from "valibot";

export const nonEmpty = v.pipe(v.string(), v.nonEmpty("must not be empty"));

/** An origin as browsers send it in the header `Origin`: scheme, host, and the port unless it is the scheme's default. */
export const origin = v.pipe(
  v.string(),
  v.check(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "must be an origin such as https://app.example.com",
  ),
);

const hostName = v.pipe(
  v.string(),
  v.regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a host name such as chat.example.com"),
);

/** Schema of a custom domain whose certificate is in a given region. */
export function domainSchema(region: RegExp, message: string) {
  const arn = new RegExp(`^arn:aws[a-z-]*:acm:${region.source}:\\d{12}:certificate/\\S+$`);
  return v.pipe(
    v.strictObject({
      name: hostName,
      certificateArn: v.pipe(v.string(), v.regex(arn, message)),
      /** The Route 53 zone in which an alias for the name is created. @default none: DNS is managed elsewhere */
      hostedZone: v.optional(v.strictObject({ id: nonEmpty, name: hostName })),
    }),
    v.forward(
      v.check(
        ({ name, hostedZone }) => !hostedZone || `.${name}`.endsWith(`.${hostedZone.name}`),
        "is not in the domain of hostedZone",
      ),
      ["name"],
    ),
  );
}
