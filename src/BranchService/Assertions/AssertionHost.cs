using Dendrite.Storage.Assertions;

namespace Dendrite.BranchService.Assertions;

/// <summary>What assertions are made of.</summary>
internal static class AssertionHost
{
    public static void AddAssertions(this WebApplicationBuilder builder)
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
        builder.Services.AddSingleton<AssertionStore>();
        builder.Services.AddSingleton<AssertionWriter>();
    }
}
