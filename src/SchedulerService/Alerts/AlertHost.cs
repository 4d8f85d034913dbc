using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.SchedulerService.Secrets;
using Dendrite.Storage.Alerts;
using Dendrite.Storage.Requests;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>What alerts are made of.</summary>
internal static class AlertHost
{
    public static void AddAlerts(this WebApplicationBuilder builder)
    {
        AddOptions(builder);
        builder.Services.TryAddSingleton<IdempotencyStore>();
        builder.Services.AddSingleton<AlertRuleStore>();
        builder.Services.AddSingleton<AlertStore>();
        builder.Services.AddSingleton<AlertLookStore>();
        builder.Services.AddSingleton<AlertFigureStore>();
        builder.Services.AddSingleton<AlertDeliveryStore>();
        builder.Services.AddSingleton<InstallationMeasure>();
        builder.Services.AddSingleton<HealthMeter>();
        builder.Services.AddSingleton<AlertChecks>();
        builder.Services.AddSingleton<AlertPassStores>();
        builder.Services.AddSingleton<AlertPass>();
        builder.Services.AddSingleton<IAlertSender, WebhookSender>();
        builder.Services.AddSingleton<IAlertSender, EmailSender>();
        builder.Services.AddSingleton<IAlertSender, ChatSender>();
        builder.Services.AddSingleton<AlertPost>();
        builder.Services.AddSingleton<AlertTrial>();
        builder.Services.AddSingleton<DeliveryRound>();
        builder.Services.AddHostedService<AlertWatch>();
    }

    public static void MapAlerts(this WebApplication app) => app.MapGrpcService<AlertRpc>();

    private static void AddOptions(WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<AlertOptions>()
            .Bind(builder.Configuration.GetSection(AlertOptions.Section))
            .Validate(
                alerts => alerts.IsValid,
                $"{AlertOptions.Section}: times must be positive, Lease longer than AttemptTimeout, LongestRetry not "
                    + "shorter than FirstRetry, MaxAttempts from 1 to 100 and DiskCapacityBytes not negative."
            )
            .ValidateOnStart();
        var password = builder.Configuration[$"{SmtpOptions.Section}:{nameof(SmtpOptions.PasswordSecret)}"];
        builder.Services.AddOptions<SecretOptions>().Configure(secrets => secrets.OwnNames.Add(password ?? ""));
        builder
            .Services.AddOptions<SmtpOptions>()
            .Bind(builder.Configuration.GetSection(SmtpOptions.Section))
            .Validate(
                smtp => smtp.IsValid,
                $"{SmtpOptions.Section}: with Host goes From, an address; Port is from 1 to 65535; with UserName goes "
                    + "one of Password, PasswordFile and PasswordSecret, and not with Security None."
            )
            .Validate<IOptions<SecretOptions>>(
                (smtp, secrets) => !secrets.Value.Holds(smtp.PasswordFile),
                $"{SmtpOptions.Section}:PasswordFile lies in Scheduler:SecretsFolder, where any project finds it: put "
                    + "it elsewhere."
            )
            .Validate(
                smtp => smtp.AuthoritiesFile.Length == 0 || File.Exists(smtp.AuthoritiesFile),
                $"{SmtpOptions.Section}:AuthoritiesFile: there is no such file."
            )
            .ValidateOnStart();
    }
}
