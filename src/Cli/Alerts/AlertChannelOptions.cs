using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Alerts;

/// <summary>Who is told: <c>--webhook</c>, <c>--email</c> and <c>--chat</c>, each as often as wanted.</summary>
internal sealed class AlertChannelOptions
{
    private readonly Option<string[]> webhooks = Many(
        "--webhook",
        "URL",
        "An https address that a signed JSON document is posted to; may be given again."
    );

    private readonly Option<string?> signing = new("--signing-secret")
    {
        Description = "Name of the installation's secret by which the documents are signed.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> emails = Many("--email", "ADDRESS", "An e-mail address; may be given again.");

    private readonly Option<string[]> chats = Many(
        "--chat",
        "NAME",
        "Name of the installation's secret that holds a chat's incoming webhook; may be given again."
    );

    public Option[] All => [webhooks, signing, emails, chats];

    /// <summary>Those that were given, webhooks first; none where no option was.</summary>
    public IEnumerable<AlertChannel> Read(ParseResult given)
    {
        var urls = given.GetValue(webhooks) ?? [];
        var secret = given.GetValue(signing) ?? "";
        if (urls.Length > 0 != secret.Length > 0)
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "--webhook and --signing-secret go together: what is posted is signed."
            );
        }

        return
        [
            .. urls.Select(url => new AlertChannel
            {
                Webhook = new() { Url = url, SigningSecret = secret },
            }),
            .. (given.GetValue(emails) ?? []).Select(address => new AlertChannel { Email = address }),
            .. (given.GetValue(chats) ?? []).Select(name => new AlertChannel { ChatSecret = name }),
        ];
    }

    private static Option<string[]> Many(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };
}
