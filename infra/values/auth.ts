// Sign-in: who may have an account, how they prove who they are, and for how long that lasts. Long because it is one form that an
// administrator fills in from top to bottom.
import { z } from "zod";
import { amount, copies, duration, flag } from "./quantities";

const words = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .meta({ description, examples: [example] });
const time = (preset: z.output<typeof duration>, description: string) =>
  duration.default(preset).meta({ description, examples: [preset] });

/** Whether a browser may be sent there: with TLS, except to the developer's own machine. */
const safe = (url: string) => /^https:\/\/|^http:\/\/localhost([:/]|$)/.test(url);
/** A link into an application on a telephone, e.g. `example://signed-in`. */
const appLink = (url: string) => /^(?!https?:)[a-z][a-z0-9+.-]*:\/\//.test(url);
const page = z.url("must be a URL").refine(safe, "must begin with https:// (http:// for localhost alone)");
const redirect = z
  .string()
  .refine(
    (url) => safe(url) || appLink(url),
    "must begin with https://, http://localhost or an application's own scheme",
  )
  .refine((url) => !/:\/\/[^/]*\*/.test(url), "must name the host in full: a wildcard there leads to strangers");

const provider = (name: string) => ({
  enabled: flag(true, `true offers sign-in with ${name}`),
  clientId: words(`client id of this platform at ${name}; its secret is set with ./groundwork secret set`, "platform"),
  redirectUri: page.optional().meta({
    description: `where ${name} sends people back to; Auth's own callback when absent`,
    examples: ["https://api.example.org/auth/v1/callback"],
  }),
});
const oauth = (name: string) =>
  z
    .strictObject(provider(name))
    .optional()
    .meta({ description: `sign-in with ${name}`, examples: [{ clientId: "platform" }] });

const hook = (what: string) =>
  z
    .string()
    .regex(/^pg-functions:\/\/postgres\/[a-z_]\w*\/[a-z_]\w*$/, "must be pg-functions://postgres/<schema>/<function>")
    .optional()
    .meta({
      description: `database function that Auth calls ${what}`,
      examples: ["pg-functions://postgres/public/hook"],
    });

/** The values of Auth. Defaults let nobody in who was not invited. */
export const authValues = {
  auth: z
    .strictObject({
      copies: copies(1, "Auth"),
      signUp: flag(false, "true lets anyone create an account; false leaves that to invitations"),
      siteUrl: page.optional().meta({
        description: "the application that mails and sign-ins lead back to; https://app.<domain> when absent",
        examples: ["https://app.example.org"],
      }),
      redirects: z
        .array(redirect)
        .default([])
        .meta({
          description: "further addresses that a sign-in may lead back to; * stands for anything up to a dot or slash",
          examples: [["https://app.example.org/*"]],
        }),
      email: z
        .strictObject({
          enabled: flag(true, "true offers sign-in by e-mail"),
          confirm: flag(true, "true makes people prove that an address is theirs before they sign in"),
          confirmChange: flag(true, "true asks the old address, too, when someone changes theirs"),
        })
        .prefault({})
        .meta({ description: "sign-in by e-mail" }),
      phone: z
        .strictObject({
          enabled: flag(false, "true offers sign-in by telephone number; needs sms"),
          confirm: flag(true, "true makes people prove that a number is theirs before they sign in"),
        })
        .prefault({})
        .meta({ description: "sign-in by telephone number" }),
      anonymous: flag(false, "true gives accounts to visitors who say nothing about themselves"),
      smtp: z
        .strictObject({
          host: z.hostname("must be a host name").meta({ description: "mail server", examples: ["smtp.example.org"] }),
          port: z
            .int()
            .min(1)
            .max(65_535)
            .default(587)
            .meta({ description: "port of the mail server; 587 takes STARTTLS, 465 is TLS", examples: [587] }),
          user: words("account at the mail server; its password is the secret smtp-password", "platform"),
          senderName: words("name that mails come from", "Example"),
          adminEmail: z.email().meta({
            description: "address that mails come from",
            examples: ["noreply@example.org"],
          }),
          interval: time("1 minutes", "least time between two mails to one person"),
        })
        .optional()
        .meta({ description: "the mail server; without one no mail is sent" }),
      sms: z
        .strictObject({
          provider: z
            .enum(["twilio", "twilio_verify"])
            .default("twilio")
            .meta({
              description: "who sends text messages; the token is the secret twilio-auth-token",
              examples: ["twilio"],
            }),
          accountSid: words("account at Twilio", "AC0123456789"),
          messageServiceSid: words("messaging or verification service at Twilio", "MG0123456789"),
          codeLength: z
            .int()
            .min(6)
            .max(10)
            .default(6)
            .meta({ description: "digits of a code", examples: [6] }),
          codeLifetime: time("1 minutes", "how long a code is valid"),
          interval: time("1 minutes", "least time between two messages to one person"),
          template: z
            .string()
            .includes("{{ .Code }}", "must contain {{ .Code }}")
            .default("Your code is {{ .Code }}")
            .meta({ description: "text of a message", examples: ["Your code is {{ .Code }}"] }),
        })
        .optional()
        .meta({ description: "text messages; without them there is no sign-in by telephone" }),
      providers: z
        .strictObject({
          google: z
            .strictObject({
              ...provider("Google"),
              skipNonceCheck: flag(
                false,
                "true accepts identity tokens without a nonce, as some mobile kits send them",
              ),
            })
            .optional()
            .meta({ description: "sign-in with Google", examples: [{ clientId: "platform" }] }),
          facebook: oauth("Facebook"),
          apple: oauth("Apple"),
          github: oauth("GitHub"),
          spotify: oauth("Spotify"),
          azure: z
            .strictObject({
              ...provider("Microsoft"),
              tenantUrl: page.optional().meta({
                description: "the directory whose people may sign in; any when absent",
                examples: ["https://login.microsoftonline.com/0123"],
              }),
            })
            .optional()
            .meta({ description: "sign-in with Microsoft", examples: [{ clientId: "platform" }] }),
        })
        .prefault({})
        .meta({ description: "sign-in with accounts at other companies" }),
      captcha: z
        .strictObject({
          provider: z.enum(["hcaptcha", "turnstile"]).meta({
            description: "who tells people from programs; its secret is captcha-secret",
            examples: ["turnstile"],
          }),
        })
        .optional()
        .meta({ description: "proof of being human at sign-up and sign-in" }),
      factors: z
        .strictObject({
          totp: flag(true, "true offers codes of an authenticator app as a second factor"),
          phone: flag(false, "true offers text messages as a second factor; needs sms"),
          most: z
            .int()
            .min(1)
            .max(30)
            .default(10)
            .meta({ description: "factors that one person may have", examples: [10] }),
        })
        .prefault({})
        .meta({ description: "second factors" }),
      saml: z
        .strictObject({
          enabled: flag(false, "true offers sign-in through a company's own identity provider (SAML 2.0)"),
          encryptedAssertions: flag(false, "true accepts encrypted assertions"),
          relayStateLifetime: time("2 minutes", "how long a sign-in may take at the identity provider"),
          externalUrl: page.optional().meta({
            description: "address in the metadata; Auth's own when absent",
            examples: ["https://api.example.org/auth/v1"],
          }),
        })
        .prefault({})
        .meta({ description: "sign-in through SAML" }),
      tokenLifetime: time("1 hours", "how long an access token is valid"),
      sessions: z
        .strictObject({
          lifetime: time("24 hours", "after this a new sign-in is needed, however active a session was"),
          idle: duration.optional().meta({
            description: "after this without use a new sign-in is needed; never earlier when absent",
            examples: ["8 hours"],
          }),
          onePerPerson: flag(false, "true ends a person's other sessions when they sign in"),
          reuseInterval: time("10 seconds", "how long a rotated refresh token may be used again, for lost answers"),
        })
        .prefault({})
        .meta({ description: "how long a sign-in lasts; every refresh token is used once" }),
      passwords: z
        .strictObject({
          length: z
            .int()
            .min(8)
            .max(72)
            .default(12)
            .meta({ description: "fewest characters", examples: [12] }),
          characters: z
            .enum(["any", "letters and digits", "cases and digits", "cases, digits and symbols"])
            .default("any")
            .meta({
              description: "kinds of characters of which each is needed",
              examples: ["cases and digits"],
            }),
          reauthenticate: flag(true, "true asks for a fresh sign-in or a mailed code before a password changes"),
        })
        .prefault({})
        .meta({ description: "rules for passwords" }),
      lockout: z
        .strictObject({
          enabled: flag(true, "true locks out who fails too often; only a hook of your own may take its place"),
          failures: z
            .int()
            .min(1)
            .max(100)
            .default(5)
            .meta({ description: "failed attempts after which a person is locked out", examples: [5] }),
          window: time("15 minutes", "the time in which failures are counted; a success forgets them"),
          duration: time("15 minutes", "how long a lockout lasts, also for the right password"),
        })
        .prefault({})
        .meta({ description: "lockout of an account after failed sign-ins with a password, wherever they come from" }),
      hooks: z
        .strictObject({
          customAccessToken: hook("before it issues a token"),
          mfaVerificationAttempt: hook("at each attempt of a second factor"),
          passwordVerificationAttempt: hook("at each attempt of a password"),
          sendSms: hook("in place of sending a text message"),
          sendEmail: hook("in place of sending a mail"),
        })
        .prefault({})
        .meta({ description: "functions of the database that take part in a sign-in" }),
      limits: z
        .strictObject({
          mailsPerHour: amount(30, 100_000, "mails that Auth sends in an hour"),
          messagesPerHour: amount(30, 100_000, "text messages that Auth sends in an hour"),
          anonymousPerHour: amount(30, 100_000, "anonymous accounts that one address may create in an hour"),
          tokensPer5Minutes: amount(150, 100_000, "sign-ins and refreshes of one address in 5 minutes"),
          verificationsPer5Minutes: amount(30, 100_000, "links and codes that one address may try in 5 minutes"),
          codesPer5Minutes: amount(30, 100_000, "links and codes that one address may ask for in 5 minutes"),
          ssoPer5Minutes: amount(30, 100_000, "sign-ins through SAML that one address may begin in 5 minutes"),
          assertionsPer5Minutes: amount(15, 100_000, "SAML assertions that one address may send in 5 minutes"),
          factorsPerMinute: amount(15, 100_000, "second factors that one address may try in a minute"),
        })
        .prefault({})
        .meta({ description: "Auth's own limits, behind those of the edge" }),
    })
    .prefault({})
    .meta({ description: "accounts and sign-in" }),
} as const;
