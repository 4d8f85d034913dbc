using Dendrite.Checks.Assertions;
using Dendrite.Storage.Assertions;

namespace Dendrite.BranchService.Assertions;

/// <summary>What assertions are made of.</summary>
internal static class AssertionHost
{
    public static void AddAssertions(this WebApplicationBuilder builder)
    {
        builder.AddAssertionChecks();
        builder.Services.AddSingleton<AssertionStore>();
        builder.Services.AddSingleton<AssertionWriter>();
    }
}
