using Dendrite.SchedulerService.Secrets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.SchedulerService.Outbound;

/// <summary>Secrets of the installation and calls to servers outside, for everything that needs them.</summary>
internal static class OutboundHost
{
    public static void AddOutbound(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<SecretOptions>().Bind(builder.Configuration.GetSection("Scheduler"));
        builder.Services.AddSingleton<InstallationSecrets>();
        builder
            .Services.AddOptions<OutboundOptions>()
            .Bind(builder.Configuration.GetSection(OutboundOptions.Section))
            .Validate(
                outbound => outbound.IsValid,
                $"{OutboundOptions.Section}: AllowedNetworks must be in CIDR form such as 10.1.0.0/16, ConnectTimeout "
                    + "positive and MaxRedirects not negative."
            )
            .ValidateOnStart();
        builder.Services.TryAddSingleton<IHostAddresses, SystemHostAddresses>();
        builder.Services.AddSingleton<GuardedConnector>();
        builder.Services.AddSingleton<OutboundHttp>();
    }
}
