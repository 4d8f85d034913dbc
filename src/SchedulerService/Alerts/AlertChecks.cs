using Dendrite.Errors;
using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.SchedulerService.Outbound;
using Dendrite.SchedulerService.Secrets;
using Dendrite.Storage;
using Dendrite.Storage.Alerts;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Whether a rule can do here what it says: its job, secrets, mail server and disk are there.</summary>
internal sealed class AlertChecks(
    JobStore jobs,
    InstallationSecrets secrets,
    GuardedConnector connector,
    InstallationMeasure installation,
    IOptions<SmtpOptions> smtp
)
{
    /// <summary>No round trip, or one for a rule about a job.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT; JOB_NOT_FOUND.</exception>
    public async Task CheckAsync(
        AlertRuleRecord rule,
        string project,
        ProjectId projectId,
        CancellationToken cancellationToken
    )
    {
        if (rule.Metric is WatchedFigure.DiskUsedRatio or WatchedFigure.DiskFullDays && !installation.KnowsDisk)
        {
            throw DendriteException.Invalid(
                "alert_rule.metric",
                "the installation does not say how large its disk is, so this would never alert; whoever runs it sets "
                    + "Scheduler:Alerts:DiskPath or Scheduler:Alerts:DiskCapacityBytes"
            );
        }

        var channels = AlertChannels.Parse(rule.ChannelsJson);
        for (var i = 0; i < channels.Count; i++)
        {
            Check(channels[i], project, $"alert_rule.channels[{i}]");
        }

        if (rule.Job.Length > 0)
        {
            await jobs.GetAsync(projectId, rule.Job, cancellationToken);
        }
    }

    private void Check(AlertChannel channel, string project, string field)
    {
        switch (channel.ChannelCase)
        {
            case AlertChannel.ChannelOneofCase.Webhook:
                connector.CheckLiteral(new Uri(channel.Webhook.Url).Host, $"{field}.webhook.url");
                secrets.Get(project, channel.Webhook.SigningSecret, $"{field}.webhook.signing_secret");
                break;
            case AlertChannel.ChannelOneofCase.Email when !smtp.Value.IsSet:
                throw DendriteException.Invalid(
                    $"{field}.email",
                    "the installation sends no e-mail; whoever runs it sets Scheduler:Smtp:Host and Scheduler:Smtp:From"
                );
            case AlertChannel.ChannelOneofCase.ChatSecret:
                CheckChat(secrets.Get(project, channel.ChatSecret, $"{field}.chat_secret"), $"{field}.chat_secret");
                break;
        }
    }

    /// <summary>The address is itself the secret, so no message shows it.</summary>
    private void CheckChat(Secret secret, string field)
    {
        if (WebhookAddress.TryParse(secret.Reveal(), out var url) is not null)
        {
            throw DendriteException.Invalid(field, $"secret '{secret.Name}' holds no https address");
        }

        connector.CheckLiteral(url.Host, field);
    }
}
