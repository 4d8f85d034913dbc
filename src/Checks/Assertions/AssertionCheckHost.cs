using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.Checks.Assertions;

/// <summary>What running strangers' SQL consists of.</summary>
public static class AssertionCheckHost
{
    /// <summary>
    /// Needs <c>ConnectionStrings:assertions</c>; without it the service starts, and refuses what needs it.
    /// </summary>
    public static void AddAssertionChecks(this IHostApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<AssertionOptions>()
            .Bind(builder.Configuration.GetSection(AssertionOptions.Section))
            .Validate(
                options => options.StatementTimeout > TimeSpan.Zero,
                "Assertions:StatementTimeout is not positive."
            )
            .Validate(options => options.RunTimeout > TimeSpan.Zero, "Assertions:RunTimeout is not positive.")
            .Validate(options => options.MaxSessions > 0, "Assertions:MaxSessions is not positive.")
            .Validate(options => options.MaxDatasetLength > 0, "Assertions:MaxDatasetLength is not positive.")
            .ValidateOnStart();
        builder.Services.AddSingleton<AssertionSandbox>();
        builder.Services.AddSingleton<AssertionChecks>();
    }
}
