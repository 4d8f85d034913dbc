using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dendrite.ServiceDefaults.Draining;

internal static class DrainingExtensions
{
    // What the parts of the host get to stop in after the calls have ended.
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(10);

    public static void AddDraining(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHostedService<DrainService>();
        builder
            .Services.AddOptions<DrainOptions>()
            .Bind(builder.Configuration.GetSection("Drain"))
            .Validate(
                options => IsDrainTime(options.ReadinessGrace) && IsDrainTime(options.OpenCallsTimeout),
                "Drain:ReadinessGrace and Drain:OpenCallsTimeout must be between 0 and 10 minutes."
            )
            .ValidateOnStart();
        builder
            .Services.AddOptions<HostOptions>()
            .Configure<IOptions<DrainOptions>>(
                (host, drain) =>
                    host.ShutdownTimeout = drain.Value.ReadinessGrace + drain.Value.OpenCallsTimeout + StopMargin
            );
    }

    private static bool IsDrainTime(TimeSpan time) => time >= TimeSpan.Zero && time <= LongestDrain;
}
