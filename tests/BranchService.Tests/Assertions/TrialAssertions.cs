using Dendrite.BranchService.Tests.Merging;
using Dendrite.V1;

namespace Dendrite.BranchService.Tests.Assertions;

/// <summary>Assertions of one test: merges of the next test shall not meet them.</summary>
internal sealed class TrialAssertions(BranchServiceFixture fixture, Trial trial) : IAsyncDisposable
{
    private readonly List<string> names = [];

    /// <summary>Registers an assertion over the trial's datasets.</summary>
    public async Task<Assertion> AddAsync(
        string id,
        string sql,
        string description = "",
        AssertionSeverity severity = AssertionSeverity.Unspecified
    )
    {
        var request = new CreateAssertionRequest
        {
            Parent = "projects/lab",
            AssertionId = id,
            Assertion = new()
            {
                Sql = sql,
                Description = description,
                Severity = severity,
            },
            SchemaSource = new() { Branch = trial.Branch("target") },
        };
        var made = (await fixture.Assertions.CreateAssertionAsync(request, fixture.Lab)).Assertion;
        names.Add(made.Name);
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in names)
        {
            await fixture.Assertions.DeleteAssertionAsync(new() { Name = name, AllowMissing = true }, fixture.Lab);
        }
    }
}
