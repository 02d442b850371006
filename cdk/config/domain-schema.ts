import * as v from "valibot";

export const nonEmpty = v.pipe(v.string(), v.nonEmpty("must not be empty"));

/** As browsers say it in the header `Origin`: scheme, host, and the port where it is not the scheme's own. */
export const origin = v.pipe(
  v.string(),
  v.check(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "must be an origin: https://app.example.com",
  ),
);

const hostName = v.pipe(
  v.string(),
  v.regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a host name"),
);

/** A name of one's own, with a certificate for it in a region. */
export function domainSchema(region: RegExp, message: string) {
  const arn = new RegExp(`^arn:aws[a-z-]*:acm:${region.source}:\\d{12}:certificate/\\S+$`);
  return v.pipe(
    v.strictObject({
      name: hostName,
      certificateArn: v.pipe(v.string(), v.regex(arn, message)),
      /** The Route 53 zone that gets an alias of the name. @default none: DNS is looked after elsewhere */
      hostedZone: v.optional(v.strictObject({ id: nonEmpty, name: hostName })),
    }),
    v.forward(
      v.check(
        ({ name, hostedZone }) => !hostedZone || `.${name}`.endsWith(`.${hostedZone.name}`),
        "is not in the hosted zone",
      ),
      ["name"],
    ),
  );
}
