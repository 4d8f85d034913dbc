using Dendrite.ServiceDefaults.Draining;
using Dendrite.Storage.Snapshots;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>What live tails are made of.</summary>
internal static class TailExtensions
{
    public static void AddTails(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<TailOptions>()
            .Bind(builder.Configuration.GetSection("Ingest:Tail"))
            .Validate(
                options => options is { MaxTails: > 0, MaxTailsOfProject: > 0 },
                "Ingest:Tail:MaxTails and MaxTailsOfProject must be positive."
            )
            .Validate(
                options => options.PollInterval > TimeSpan.Zero && options.CheckInterval > TimeSpan.Zero,
                "Ingest:Tail:PollInterval and CheckInterval must be positive: notices alone are not to be trusted."
            )
            .Validate(
                options => options.Pace >= TimeSpan.Zero && options.MaxSharedBytes >= 0,
                "Ingest:Tail:Pace and MaxSharedBytes must not be negative."
            )
            .ValidateOnStart();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<TailOptions>>().Value);
        builder.Services.TryAddSingleton<SnapshotAligner>();
        builder.Services.AddSingleton<TailSource>();
        builder.Services.AddSingleton<StepReader>();
        builder.Services.AddSingleton<FollowerParts>();
        builder.Services.AddSingleton<StreamFollowers>();
        builder.Services.AddSingleton(provider => new TailParts(
            provider.GetRequiredService<TailSource>(),
            provider.GetRequiredService<StepReader>(),
            provider.GetRequiredService<TimeProvider>()
        )
        {
            Times = provider.GetRequiredService<StreamTimes>(),
            Draining = provider.GetRequiredService<DrainState>().Draining,
        });
        builder.Services.AddSingleton<TailService>();
    }
}
